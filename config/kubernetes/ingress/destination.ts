import { entries, mapping } from "../../check-values.ts";
import { isOfRegistry } from "../../registries/service-name.ts";
import { destinationOf, ruleSettings } from "../istio/destination.ts";
import { backendService, isBackend, missingBackend } from "../service-backend.ts";
import type { Written } from "../translator.ts";
import type { IngressScope } from "./scope.ts";

/** A service of a route with its share, and the entry of `services` where it is not a registry's. */
export interface Destination {
  readonly name: string;
  readonly weight: number;
  readonly service?: Written;
}

type Service = Omit<Destination, "weight">;

const KUBERNETES = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local$/;

/** `destination`: lines of `[weight%] host[:port] [subset]`. */
export function destinationsOf(scope: IngressScope, settings: Written): readonly Destination[] {
  const { annotations } = scope;
  const lines = (annotations.text("destination") ?? "").split("\n").filter((line) => line !== "");
  return lines.flatMap((line) => {
    const read = readLine(line);
    if (typeof read === "string") {
      annotations.error("destination", `"${line}" ${read}`, "as in 80% shop.default.svc.cluster.local:80");
      return [];
    }
    const { subset, weight } = read;
    const service =
      subset === undefined
        ? serviceAt(scope, "destination", read.host, read.port, settings)
        : subsetAt(scope, read, subset, settings);
    return [{ ...service, weight }];
  });
}

/** A part of a host, as Istio's DestinationRule of the host has it; what this Ingress sets wins over what the rule does. */
function subsetAt(scope: IngressScope, { host, port }: Line, subset: string, settings: Written): Service {
  const { annotations, namespace, lookup, options } = scope;
  const at = port === undefined ? {} : { port: { number: port } };
  const { name, service } = destinationOf({ host, subset, ...at }, [], {
    namespace,
    lookup,
    options,
    error: (_, message, hint) => annotations.error("destination", message, hint),
    warn: (_, message, hint) => annotations.warning("destination", message, hint),
  });
  return { name, ...(service === undefined ? {} : { service: { ...service, ...settings } }) };
}

interface Line {
  readonly weight: number;
  readonly host: string;
  readonly port: number | undefined;
  readonly subset: string | undefined;
}

function readLine(line: string): Line | string {
  const words = line.split(/\s+/);
  const [share] = words[0]?.endsWith("%") === true ? words.splice(0, 1) : [];
  if (share !== undefined && !/^\d{1,3}%$/.test(share)) return "has a weight that is not a whole number";
  const [address, subset, ...more] = words;
  // Registries have services with colons in their names: providers:com.example.Shop:1.0.0:dev.zookeeper.
  const [, host, port] = /^([\w.:-]+?)(?::(\d{1,5}))?$/.exec(address ?? "") ?? [];
  if (host === undefined || more.length > 0) return "names no host";
  if (host.includes(":") && !isOfRegistry(host)) return "names no host";
  return {
    weight: share === undefined ? 100 : Number.parseInt(share, 10),
    host,
    port: port === undefined ? undefined : Number(port),
    subset,
  };
}

/** Who names a host. */
type HostField = "destination" | "mirror-target-fqdn";

/** The service of a host: of Kubernetes, of a registry, or what DNS knows by the name; with settings of this Ingress. */
export function serviceAt(
  scope: IngressScope,
  field: HostField,
  host: string,
  port: number | undefined,
  settings: Written = {},
): Service {
  const [, name, namespace] = KUBERNETES.exec(host) ?? [];
  if (name !== undefined && namespace !== undefined) {
    const found = backendService(scope.lookup, namespace, name, port ?? 80, (number) => ({
      ...ruleSettings({ name, namespace }, number, scope),
      ...settings,
    }));
    if (isBackend(found)) return found;
    scope.annotations.error(field, found.message, found.hint);
    return missingBackend(namespace, name, port ?? 80);
  }
  if (isOfRegistry(host)) return ofRegistry(host, settings);
  const entry = `${host}:${port ?? 80}`;
  return { name: entry, service: { name: entry, ...settings, endpoints: [entry] } };
}

/** A service that a registry brings. What this Ingress says of it is an entry without endpoints: the registry has those. */
function ofRegistry(host: string, settings: Written): Service {
  if (Object.keys(settings).length === 0) return { name: host };
  return { name: host, service: { name: host, ...settings, endpoints: [] } };
}

/** The entry of a `static` or `dns` registry of the McpBridge: `NAME.static`, `NAME.dns`. */
export function writtenInBridge({ lookup, options }: IngressScope, host: string): Written | undefined {
  const bridge = lookup.get("networking.higress.io/McpBridge", options.systemNamespace, "default");
  for (const [, registry] of entries(mapping(bridge?.["spec"])["registries"])) {
    const { name, type, domain, port, protocol, sni } = registry;
    if ((type !== "static" && type !== "dns") || typeof name !== "string" || `${name}.${type}` !== host) continue;
    const hosts = typeof domain === "string" ? domain.split(/[\s,]+/).filter((one) => one !== "") : [];
    const endpoints = type === "dns" && typeof port === "number" ? hosts.map((one) => `${one}:${port}`) : hosts;
    const spoken = typeof protocol === "string" ? SPOKEN[protocol.toLowerCase()] : undefined;
    const overTls = spoken === "https" || spoken === "grpcs";
    return {
      name: host,
      ...(spoken === undefined ? {} : { protocol: spoken }),
      ...(overTls ? { tls: { verify: false, ...(typeof sni === "string" ? { sni } : {}) } } : {}),
      endpoints,
    };
  }
  return undefined;
}

/** What an McpBridge calls a service's protocol. */
const SPOKEN: Readonly<Record<string, string>> = {
  http: "http",
  https: "https",
  grpc: "grpc",
  grpcs: "grpcs",
  http2: "h2c",
};
