import { entries, type Mapping, mapping } from "../check-values.ts";
import type { Resource } from "./resource.ts";
import { readyEndpoints } from "./service-endpoints.ts";
import type { Lookup, Written } from "./translator.ts";

/** A port of a Service: its number, or its name. */
export type ServicePort = number | string;

/** A Service as an entry of `services`. */
export interface Backend {
  readonly name: string;
  readonly service: Written;
}

/** Why there is no such Service. */
export interface BackendProblem {
  readonly problem: "no-service" | "no-port";
  readonly message: string;
  readonly hint?: string;
}

/** The entry of a port of a Service: `NAME.NAMESPACE.svc.cluster.local:PORT`. */
function backendName(namespace: string, name: string, port: ServicePort): string {
  return `${name}.${namespace}.svc.cluster.local:${port}`;
}

/**
 * A port of a Service as an entry of `services`, its endpoints those of the pods that are ready. `settings` are further fields of the
 * entry, or how they are found for the port's number; without `protocol` among them it is what the Service says of the port.
 */
export function backendService(
  lookup: Lookup,
  namespace: string,
  name: string,
  port: ServicePort,
  settings: Written | ((port: number) => Written) = {},
): Backend | BackendProblem {
  const service = lookup.get("/Service", namespace, name);
  if (service === undefined) return { problem: "no-service", message: `there is no Service ${namespace}/${name}` };
  const spec = mapping(service["spec"]);
  const found = portOf(spec, port);
  if (found === undefined) return noPort(service, spec, port);
  const { number } = found;
  const given = typeof settings === "function" ? settings(number) : settings;
  const own = given["protocol"] === undefined ? protocolOf(found) : {};
  const endpoints = spec["type"] === "ExternalName" ? external(spec, number) : readyEndpoints(lookup, service, found);
  const entry = backendName(namespace, name, number);
  return { name: entry, service: { name: entry, ...own, ...given, endpoints } };
}

/** The endpoints of a port of a Service whose pods have these labels, as an entry of `services` lists them. */
export function labelledEndpoints(
  lookup: Lookup,
  namespace: string,
  name: string,
  port: number,
  labels: Mapping,
): readonly string[] {
  const service = lookup.get("/Service", namespace, name);
  const found = portOf(mapping(service?.["spec"]), port);
  return service === undefined || found === undefined ? [] : readyEndpoints(lookup, service, found, labels);
}

/** An entry that answers 503, in the place of a Service that cannot be found. */
export function missingBackend(namespace: string, name: string, port: ServicePort): Backend {
  const entry = backendName(namespace, name, port);
  return { name: entry, service: { name: entry, endpoints: [] } };
}

/** Tells the two answers of {@link backendService} apart. */
export function isBackend(found: Backend | BackendProblem): found is Backend {
  return "service" in found;
}

/** The number of the Service's first port; for annotations that name a Service alone. */
export function firstPort(lookup: Lookup, namespace: string, name: string): number | undefined {
  const spec = mapping(lookup.get("/Service", namespace, name)?.["spec"]);
  const number = entries(spec["ports"])[0]?.[1]["port"];
  return typeof number === "number" ? number : undefined;
}

/** A Service's port, as far as it says. */
interface FoundPort {
  readonly number: number;
  /** Empty where the only port has no name. */
  readonly name: string;
  readonly appProtocol: unknown;
}

function portOf(spec: Mapping, wanted: ServicePort): FoundPort | undefined {
  for (const [, { port, name, appProtocol }] of entries(spec["ports"])) {
    if (typeof port !== "number" || (port !== wanted && name !== wanted)) continue;
    return { number: port, name: typeof name === "string" ? name : "", appProtocol };
  }
  // An ExternalName needs no ports: it is a name in DNS.
  const any = spec["type"] === "ExternalName" && typeof wanted === "number";
  return any ? { number: wanted, name: "", appProtocol: undefined } : undefined;
}

function noPort({ metadata }: Resource, spec: Mapping, port: ServicePort): BackendProblem {
  const known = entries(spec["ports"]).map(([, one]) => String(typeof port === "number" ? one["port"] : one["name"]));
  return {
    problem: "no-port",
    message: `the Service ${metadata.namespace}/${metadata.name} has no port ${port}`,
    hint: known.length === 0 ? "it has no ports" : `its ports: ${known.join(", ")}`,
  };
}

function external({ externalName }: Mapping, port: number): readonly string[] {
  return typeof externalName === "string" ? [`${externalName.replace(/\.$/, "")}:${port}`] : [];
}

/** What `appProtocol` says: the standard's names, and Kubernetes' own. */
const APP_PROTOCOLS: Readonly<Record<string, string>> = {
  "kubernetes.io/h2c": "h2c",
  "kubernetes.io/ws": "http",
  "kubernetes.io/wss": "https",
  http: "http",
  https: "https",
  http2: "h2c",
  h2c: "h2c",
  grpc: "grpc",
  grpcs: "grpcs",
};

/** Names of ports that say what is spoken, as Istio reads them: `grpc`, `grpc-web`. */
const NAMED_PROTOCOL = /^(http2|h2c|grpc)(?:-|$)/;

function protocolOf({ name, appProtocol }: FoundPort): Written {
  const said = typeof appProtocol === "string" ? APP_PROTOCOLS[appProtocol.toLowerCase()] : undefined;
  const protocol = said ?? APP_PROTOCOLS[NAMED_PROTOCOL.exec(name)?.[1] ?? ""];
  if (protocol === undefined || protocol === "http") return {};
  // Nothing says which name or authority a pod's certificate has.
  return protocol === "https" || protocol === "grpcs" ? { protocol, tls: { verify: false } } : { protocol };
}
