import { mapping, type Mapping } from "../../../check-values.ts";
import type { RegistryConfig } from "../../../model/registries.ts";
import type { DiscoveredMcpServer } from "../../registry.ts";
import { restDocument } from "./rest-document.ts";

/** What Nacos keeps of one MCP server, as texts, and where its service is. */
export interface KeptServer {
  /** `ID-VERSION-mcp-server.json`. */
  readonly spec: string;
  /** `ID-VERSION-mcp-tools.json`. */
  readonly tools: string | undefined;
  /** What its tools' templates name as `${nacos.DATAID/GROUP}`, by `GROUP_DATAID`. */
  readonly credentials: ReadonlyMap<string, string>;
  readonly addresses: readonly McpAddress[];
}

/** An instance of the service behind an MCP server. */
export interface McpAddress {
  /** As in a URL. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** What a server is made into, by its protocol; `http` and `https` are REST APIs whose tools are templates. */
const MADE: ReadonlyMap<string, (spec: Mapping, kept: KeptServer) => Mapping> = new Map([
  ["http", (spec: Mapping, kept: KeptServer): Mapping => rest(spec, kept, false)],
  ["https", (spec: Mapping, kept: KeptServer): Mapping => rest(spec, kept, true)],
  ["mcp-sse", (spec: Mapping, kept: KeptServer): Mapping => remote(spec, kept, "sse", "/sse")],
  ["mcp-streamable", (spec: Mapping, kept: KeptServer): Mapping => remote(spec, kept, "http", "/")],
]);

/** The server as an entry of `mcpServers`; why there is none; or nothing, where none is wanted. */
export function readServer(
  kept: KeptServer,
  config: RegistryConfig,
): DiscoveredMcpServer | undefined | { readonly reason: string } {
  const spec = mapping(parsed(kept.spec));
  const { name, protocol, enabled } = spec;
  if (typeof name !== "string" || name === "") return { reason: "its mcp-server.json names no server" };
  if (enabled === false) return undefined;
  const make = MADE.get(String(protocol));
  if (make === undefined)
    return { reason: `is of protocol ${String(protocol)}: only ${[...MADE.keys()].join(", ")} are run` };
  if (kept.addresses.length === 0) return { reason: "its service has no instances" };
  const hosts = config.mcpServerExportDomains.filter((host) => host !== "*");
  const base = (config.mcpServerBaseUrl ?? "").replace(/\/+$/, "");
  return {
    name,
    entry: {
      name,
      path: `${base === "" || base.startsWith("/") ? base : `/${base}`}/${name}`,
      ...(hosts.length === 0 ? {} : { hosts }),
      ...make(spec, kept),
    },
  };
}

function rest(spec: Mapping, { tools, credentials, addresses }: KeptServer, secure: boolean): Mapping {
  const origins = addresses.map((address) => originOf(address, secure || address.secure));
  return { rest: restDocument(spec, parsed(tools ?? ""), { origins, credentials: readCredentials(credentials) }) };
}

function remote(spec: Mapping, { addresses }: KeptServer, transport: "http" | "sse", usual: string): Mapping {
  const { exportPath } = mapping(spec["remoteServerConfig"]);
  const path = typeof exportPath === "string" && exportPath !== "" ? exportPath : usual;
  const whole = path.startsWith("/") ? path : `/${path}`;
  return { url: { transport, endpoints: addresses.map((address) => originOf(address, address.secure) + whole) } };
}

function originOf({ host, port }: McpAddress, secure: boolean): string {
  return `${secure ? "https" : "http"}://${host}:${port}`;
}

/** What is JSON is seen as such by templates. */
function readCredentials(texts: ReadonlyMap<string, string>): Mapping {
  return Object.fromEntries([...texts].map(([name, text]) => [name, parsed(text) ?? text]));
}

/** Undefined for what is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
