import { type Mapping, mapping } from "../../check-values.ts";
import type { Path } from "../../report.ts";
import { mappingAt, mappingsAt, numberAt, textAt } from "../gateway-api/fields.ts";
import { isOfRegistry } from "../../registries/service-name.ts";
import { backendService, firstPort, isBackend, labelledEndpoints } from "../service-backend.ts";
import type { Written } from "../translator.ts";
import type { Resource } from "../resource.ts";
import { destinationRuleFor, policyFor } from "./destination-rules.ts";
import type { DestinationScope } from "./scope.ts";
import { entryService, serviceEntryFor } from "./service-entries.ts";
import { settingsOf } from "./traffic-policy.ts";

/** Where requests go: a service, by its name; its entry where it has to be made. */
export interface Destination {
  readonly name: string;
  readonly service?: Written;
}

/** Resolves `destination`: a Service, a host of a ServiceEntry, or a service of a registry, as its DestinationRule says. */
export function destinationOf(written: unknown, at: Path, scope: DestinationScope): Destination {
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

/** What the DestinationRule of a Service says of all of a port. */
export function ruleSettings(
  service: { readonly name: string; readonly namespace: string },
  port: number,
  scope: Pick<DestinationScope, "namespace" | "lookup" | "options">,
): Written {
  const host = `${service.name}.${service.namespace}.svc.cluster.local`;
  const rule = destinationRuleFor(host, host, scope);
  return rule === undefined ? {} : settingsOf(policyFor(rule, undefined, port), rule, scope.lookup);
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

function resolved(host: string, wanted: number | undefined, at: Path, scope: DestinationScope): Found | undefined {
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
      const number = port ?? 0;
      const withLabels = (labels: Mapping): readonly unknown[] =>
        labelledEndpoints(scope.lookup, service.namespace, service.name, number, labels);
      return { name: backend.name, host: full, port: number, service: backend.service, withLabels };
    }
    if (backend !== undefined) scope.error(at, backend.message, backend.hint);
  }
  return isOfRegistry(host) ? { name: host, host, port: wanted ?? 80 } : undefined;
}

/** `reviews` is of the object's own namespace; Istio's own short forms end there, but people also write `reviews.shop`. */
function kubernetesService(host: string, namespace: string): { name: string; namespace: string } | undefined {
  const [, name, other = namespace] =
    /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?\.?$/.exec(host) ?? [];
  return name === undefined ? undefined : { name, namespace: other };
}

/** The service as a DestinationRule wants it spoken to. It has a name of its own: other objects' routes go on as they do. */
function shaped(
  found: Found,
  rule: Resource,
  subset: string | undefined,
  at: Path,
  scope: DestinationScope,
): Destination {
  const written = mappingsAt(rule.spec, "subsets").find((one) => one["name"] === subset);
  if (subset !== undefined && written === undefined) {
    scope.error([...at, "subset"], `the DestinationRule ${rule.metadata.name} has no subset ${subset}`);
  }
  const settings = settingsOf(policyFor(rule, written, found.port), rule, scope.lookup);
  const labels = mapping(written?.["labels"]);
  const some = Object.keys(labels).length > 0;
  if (!some && Object.keys(settings).length === 0) return { name: found.name, ...serviceIn(found) };
  const name = `${found.name} ${subset ?? "default"} of ${rule.metadata.namespace}/${rule.metadata.name}`;
  if (found.service === undefined) {
    // What a registry says of an instance, its metadata, stands for labels.
    return { name, service: { ...settings, name, subsetOf: { service: found.name, metadata: labels } } };
  }
  const endpoints = some ? (found.withLabels?.(labels) ?? []) : found.service["endpoints"];
  if (some && Array.isArray(endpoints) && endpoints.length === 0) {
    const hint = "with an API server, the gateway needs the rights to list and watch pods";
    scope.warn([...at, "subset"], `no endpoint is known to have the labels of ${String(subset)}: it answers 503`, hint);
  }
  return { name, service: { ...found.service, ...settings, name, endpoints } };
}

function serviceIn({ service }: Found): Pick<Destination, "service"> {
  return service === undefined ? {} : { service };
}
