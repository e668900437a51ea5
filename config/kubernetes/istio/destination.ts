import { entries, type Mapping, mapping } from "../../check-values.ts";
import type { Path } from "../../report.ts";
import { mappingAt, mappingsAt, numberAt, textAt } from "../gateway-api/fields.ts";
import { backendService, firstPort, isBackend } from "../service-backend.ts";
import type { Written } from "../translator.ts";
import type { Resource } from "../resource.ts";
import { destinationRuleFor, policyFor } from "./destination-rules.ts";
import type { IstioScope } from "./scope.ts";
import { entryService, serviceEntryFor } from "./service-entries.ts";
import { settingsOf } from "./traffic-policy.ts";

/** Where requests go: a service, by its name; its entry where it has to be made. */
export interface Destination {
  readonly name: string;
  readonly service?: Written;
}

/** Resolves `destination`: a Service, a host of a ServiceEntry, or a service of a registry, as its DestinationRule says. */
export function destinationOf(written: unknown, at: Path, scope: IstioScope): Destination {
  const host = textAt(written, "host") ?? "";
  const subset = textAt(written, "subset");
  const port = numberAt(mappingAt(written, "port"), "number");
  const found = resolved(host, port, at, scope);
  if (found === undefined) {
    scope.error([...at, "host"], `${host} is no Service, no ServiceEntry and no service of a registry: it answers 503`);
    return { name: `${host}:${port ?? 80}`, service: { name: `${host}:${port ?? 80}`, endpoints: [] } };
  }
  const rule = destinationRuleFor(host, found.host, scope);
  if (rule === undefined) {
    if (subset !== undefined) scope.error([...at, "subset"], `no DestinationRule of ${host} has the subset ${subset}`);
    return { name: found.name, ...(found.service === undefined ? {} : { service: found.service }) };
  }
  return shaped(found, rule, subset, at, scope);
}

/** A service before its DestinationRule is looked at. */
interface Found {
  readonly name: string;
  /** In full: `reviews.shop.svc.cluster.local`. */
  readonly host: string;
  readonly port: number;
  readonly service?: Written;
  /** The endpoints whose labels are these. */
  readonly withLabels?: (labels: Mapping) => readonly unknown[];
}

function resolved(host: string, wanted: number | undefined, at: Path, scope: IstioScope): Found | undefined {
  const entry = serviceEntryFor(host, scope.lookup);
  if (entry !== undefined) {
    const found = entryService(entry, host, wanted);
    if (found !== undefined) return { ...found, host };
  }
  const service = kubernetesService(host, scope.namespace);
  if (service !== undefined) {
    const port = wanted ?? firstPort(scope.lookup, service.namespace, service.name);
    const backend =
      port === undefined ? undefined : backendService(scope.lookup, service.namespace, service.name, port);
    if (backend !== undefined && isBackend(backend)) {
      const full = `${service.name}.${service.namespace}.svc.cluster.local`;
      const withLabels = (labels: Mapping): readonly unknown[] =>
        labelled(backend.service, service.namespace, labels, scope);
      return { name: backend.name, host: full, port: port ?? 0, service: backend.service, withLabels };
    }
    if (backend !== undefined) scope.error(at, backend.message, backend.hint);
  }
  const ofRegistry = /\.(?:static|dns|nacos|consul|zookeeper|eureka)$/.test(host);
  return ofRegistry ? { name: host, host, port: wanted ?? 80 } : undefined;
}

/** `reviews` is of the object's own namespace; Istio's own short forms end there, but people also write `reviews.shop`. */
function kubernetesService(host: string, namespace: string): { name: string; namespace: string } | undefined {
  const [, name, other = namespace] =
    /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?\.?$/.exec(host) ?? [];
  return name === undefined ? undefined : { name, namespace: other };
}

/** The endpoints of pods with these labels. */
function labelled(service: Written, namespace: string, labels: Mapping, { lookup }: IstioScope): readonly unknown[] {
  const [first] = Object.entries(labels);
  if (first === undefined || typeof first[1] !== "string") return [];
  const pods = lookup.list("/Pod", namespace, [first[0], first[1]]).filter((pod) => hasLabels(pod, labels));
  const addresses = new Set(pods.map((pod) => textAt(pod["status"], "podIP")));
  const endpoints = Array.isArray(service["endpoints"]) ? service["endpoints"] : [];
  return endpoints.filter((endpoint: unknown) => addresses.has(String(endpoint).replace(/:\d+$/, "")));
}

function hasLabels({ metadata }: Resource, labels: Mapping): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels[key] === value);
}

/** The service as a DestinationRule wants it spoken to. It has a name of its own: other objects' routes go on as they do. */
function shaped(found: Found, rule: Resource, subset: string | undefined, at: Path, scope: IstioScope): Destination {
  const written = mappingsAt(rule.spec, "subsets").find((one) => one["name"] === subset);
  if (subset !== undefined && written === undefined) {
    scope.error([...at, "subset"], `the DestinationRule ${rule.metadata.name} has no subset ${subset}`);
  }
  const settings = settingsOf(policyFor(rule, written, found.port), rule, scope.lookup);
  const labels = mapping(written?.["labels"]);
  const some = Object.keys(labels).length > 0;
  if (!some && Object.keys(settings).length === 0) return { name: found.name, ...serviceIn(found) };
  if (found.service === undefined) {
    scope.warn(at, "its DestinationRule does nothing: the service is a registry's", "say it in the registry's entry");
    return { name: found.name };
  }
  const endpoints = some ? (found.withLabels?.(labels) ?? []) : found.service["endpoints"];
  if (some && entriesOf(endpoints) === 0) {
    const hint = "pods are known from files alone: make a Service for each version instead";
    scope.warn([...at, "subset"], `no endpoint is known to have the labels of ${String(subset)}: it answers 503`, hint);
  }
  const name = `${found.name} ${subset ?? "default"} of ${rule.metadata.namespace}/${rule.metadata.name}`;
  return { name, service: { ...found.service, ...settings, name, endpoints } };
}

function serviceIn({ service }: Found): Pick<Destination, "service"> {
  return service === undefined ? {} : { service };
}

function entriesOf(list: unknown): number {
  return Array.isArray(list) ? list.length : entries(list).length;
}
