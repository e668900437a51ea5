import { z } from "zod";
import { anyText, Complaint, duration, flag, integer, name, text } from "#src/core/settings/scalars.ts";
import { list, makes, table, word } from "#src/core/settings/shapes.ts";

import { PROTOCOL_NAMES, readProtocol } from "../registries/service-protocol.ts";
import { readHostNames, readStaticAddresses } from "./registry-addresses.ts";

/** Kinds of registries, by Higress' names. */
export const REGISTRY_TYPES = ["static", "dns", "zookeeper", "nacos", "nacos2", "nacos3", "consul", "eureka"] as const;

/** A kind of registry. */
export type RegistryType = (typeof REGISTRY_TYPES)[number];

/** Which port stands for a service whose instances have several ones, or others than the gateway should name. */
export interface VirtualPort {
  readonly default?: number;
  readonly services: readonly { readonly name: string; readonly value: number }[];
}

/** Where services are found: the fields of a registry of Higress' McpBridge (networking.higress.io/v1), times in milliseconds. */
export interface RegistryConfig {
  readonly type: RegistryType;
  readonly name: string;
  /** Host of the registry; `ip:port,ip:port` with `static`, host names with `dns`. */
  readonly domain: string;
  readonly port: number;
  readonly nacosAddressServer?: string;
  readonly nacosAccessKey?: string;
  readonly nacosSecretKey?: string;
  readonly nacosNamespaceId?: string;
  readonly nacosNamespace?: string;
  readonly nacosGroups: readonly string[];
  /** At least 10 s. */
  readonly nacosRefreshInterval: number;
  readonly consulNamespace?: string;
  readonly consulDatacenter?: string;
  readonly consulServiceTag?: string;
  /** At least 10 s. */
  readonly consulRefreshInterval: number;
  readonly zkServicesPath: readonly string[];
  /** What `authSecretName` names in Kubernetes: `nacosUsername`, `nacosPassword`, `consulToken`. */
  readonly auth: Readonly<Record<string, string>>;
  /** Of the services found; `http` when the registry says nothing. */
  readonly protocol?: string;
  readonly sni?: string;
  readonly mcpServerExportDomains: readonly string[];
  readonly mcpServerBaseUrl?: string;
  readonly enableMCPServer: boolean;
  readonly enableScopeMcpServers: boolean;
  readonly allowMcpServers: readonly string[];
  /** Only instances with this metadata, where a registry has some. */
  readonly metadata: Readonly<Record<string, string>>;
  /** One of `proxies`. */
  readonly proxyName?: string;
  readonly vport?: VirtualPort;
}

/** An HTTP CONNECT proxy that registries name. */
export interface RegistryProxy {
  readonly name: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
}

const texts = list(text("A name."), "Names.");
const LEAST_REFRESH = 10_000;

const vport: z.ZodType<VirtualPort> = makes<VirtualPort>()(
  z.strictObject({
    default: integer("For all services that are not named.", 1, 65_535).exactOptional(),
    services: list(
      z.strictObject({ name: text("A service's name."), value: integer("Its port.", 1, 65_535) }),
      "For services by name.",
    ).prefault([]),
  }),
);

/** What `domain` says, by type: others have a host there. */
const DOMAINS: Partial<Record<RegistryType, (domain: string) => unknown>> = {
  static: readStaticAddresses,
  dns: readHostNames,
};

function checkWhole(
  { type, domain, protocol }: RegistryConfig,
  note: (key: string, complaint: Complaint) => void,
): void {
  const read = DOMAINS[type]?.(domain);
  if (read instanceof Complaint) note("domain", read);
  if (protocol !== undefined && readProtocol(protocol) === undefined) {
    note("protocol", new Complaint(`must be one of ${PROTOCOL_NAMES.join(", ")}`, "in capitals or not"));
  }
}

/** One entry of `registries`. */
export const registry: z.ZodType<RegistryConfig> = makes<RegistryConfig>()(
  z
    .strictObject({
      type: word(REGISTRY_TYPES, "The kind of registry."),
      name: name("Its name; that of the service with static and dns."),
      domain: text("The registry's host; ip:port,ip:port with static, host names with dns."),
      port: integer("The registry's port; that of the service's endpoints with dns.", 1, 65_535),
      nacosAddressServer: text("Where the registry's own addresses are asked for.").exactOptional(),
      nacosAccessKey: text("An access key of Alibaba Cloud.").exactOptional(),
      nacosSecretKey: text("Its secret.").exactOptional(),
      nacosNamespaceId: text("The namespace's id; public when left out.").exactOptional(),
      nacosNamespace: text("The namespace's name, in services' names.").exactOptional(),
      nacosGroups: texts.describe("Groups; DEFAULT_GROUP when left out.").prefault([]),
      nacosRefreshInterval: duration("How often services are listed.", LEAST_REFRESH).prefault("30s"),
      consulNamespace: text("The namespace.").exactOptional(),
      consulDatacenter: text("The datacenter.").exactOptional(),
      consulServiceTag: text("Only services with this tag.").exactOptional(),
      consulRefreshInterval: duration("How often services are listed.", LEAST_REFRESH).prefault("30s"),
      zkServicesPath: texts.describe("Where services are; /dubbo and /services when left out.").prefault([]),
      auth: table(anyText("A value."), "nacosUsername and nacosPassword, or consulToken.").prefault({}),
      protocol: text("What the services found speak.").exactOptional(),
      sni: text("The name asked for in TLS.").exactOptional(),
      mcpServerExportDomains: texts.describe("Hosts of the MCP servers found; all when left out.").prefault([]),
      mcpServerBaseUrl: text("The path that MCP servers found are put under.").exactOptional(),
      enableMCPServer: flag("Whether MCP servers are looked for.").prefault(false),
      enableScopeMcpServers: flag("Whether only those named in allowMcpServers are taken.").prefault(false),
      allowMcpServers: texts.describe("MCP servers that are taken.").prefault([]),
      metadata: table(anyText("A value."), "Only instances with this metadata.").prefault({}),
      proxyName: text("One of proxies, for registries of type dns.").exactOptional(),
      vport: vport.describe("Ports that stand for services'.").exactOptional(),
    })
    .transform((read, context): RegistryConfig => {
      checkWhole(read, (key, { message, hint }) => {
        context.issues.push({ code: "custom", message, input: read, path: [key], params: { hint } });
      });
      return read;
    }),
);

/** One entry of `proxies`. */
export const registryProxy: z.ZodType<RegistryProxy> = makes<RegistryProxy>()(
  z.strictObject({
    name: name("Its name, for registries."),
    serverAddress: text("Its host."),
    serverPort: integer("Its port.", 1, 65_535),
    connectTimeout: duration("The longest wait for it.", 1).prefault("1200ms"),
  }),
);
