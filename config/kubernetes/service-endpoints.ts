import { entries, type Mapping, mapping, strings } from "../check-values.ts";
import { podsWith } from "./pod-labels.ts";
import type { Resource } from "./resource.ts";
import type { Lookup } from "./translator.ts";

/** A port of a Service, by what its slices know it by. */
interface NamedPort {
  readonly name: string;
}

/** Which Service a slice is of. */
const SERVICE_LABEL = "kubernetes.io/service-name";

/** Whether an endpoint is one of those asked for. */
type Chosen = ReturnType<typeof podsWith>;

/**
 * Where a port of a Service is answered, as `address:port`, sorted: from its EndpointSlices, or where it has none from its Endpoints. With
 * `labels` only by pods that have them.
 */
export function readyEndpoints(
  lookup: Lookup,
  service: Resource,
  port: NamedPort,
  labels: Mapping = {},
): readonly string[] {
  const { namespace, name } = service.metadata;
  const slices = lookup.list("discovery.k8s.io/EndpointSlice", namespace, [SERVICE_LABEL, name]);
  const chosen = podsWith(lookup, namespace, labels);
  const found =
    slices.length > 0 ? inSlices(slices, service, port, chosen) : inEndpoints(lookup, service, port, chosen);
  return [...new Set(found)].sort();
}

function inSlices(slices: readonly Resource[], { spec }: Resource, port: NamedPort, chosen: Chosen): readonly string[] {
  return ofOneFamily(slices, strings(mapping(spec)["ipFamilies"])[0]?.[1]).flatMap((slice) => {
    const ports = numbersOf(slice["ports"], port);
    const addresses = entries(slice["endpoints"]).flatMap(([, endpoint]) => {
      const { targetRef } = endpoint;
      return isReady(endpoint) ? firstOf(endpoint).filter((address) => chosen({ address, targetRef })) : [];
    });
    return joined(addresses, ports);
  });
}

/** With two families each pod is in two slices; one address a pod is enough, and the Service's first family is the preferred one. */
function ofOneFamily(slices: readonly Resource[], preferred: string | undefined): readonly Resource[] {
  const byFamily = Map.groupBy(slices, ({ addressType }) => (typeof addressType === "string" ? addressType : "IPv4"));
  const withEndpoints = [...byFamily.values()].find((some) =>
    some.some((slice) => entries(slice["endpoints"]).length > 0),
  );
  return byFamily.get(preferred ?? "") ?? withEndpoints ?? [];
}

/** What is not said counts as ready: so the API defines it. */
function isReady({ conditions }: Mapping): boolean {
  const { ready, terminating } = mapping(conditions);
  return ready !== false && terminating !== true;
}

/** All addresses of an endpoint are the same pod; consumers take the first. */
function firstOf({ addresses }: Mapping): readonly string[] {
  return strings(addresses)
    .slice(0, 1)
    .map(([, address]) => address);
}

function inEndpoints(lookup: Lookup, { metadata }: Resource, port: NamedPort, chosen: Chosen): readonly string[] {
  const object = lookup.get("/Endpoints", metadata.namespace, metadata.name);
  return entries(object?.["subsets"]).flatMap(([, { addresses, ports }]) => {
    const ips = entries(addresses).flatMap(([, { ip, targetRef }]) =>
      typeof ip === "string" && chosen({ address: ip, targetRef }) ? [ip] : [],
    );
    return joined(ips, numbersOf(ports, port));
  });
}

/** The numbers that a named port has there; a port without a name is the only one. */
function numbersOf(ports: unknown, { name }: NamedPort): readonly number[] {
  return entries(ports).flatMap(([, { name: own, port, protocol }]) => {
    const same = (typeof own === "string" ? own : "") === name;
    return same && typeof port === "number" && (protocol ?? "TCP") === "TCP" ? [port] : [];
  });
}

function joined(addresses: readonly string[], ports: readonly number[]): readonly string[] {
  return addresses.flatMap((address) =>
    ports.map((port) => `${address.includes(":") ? `[${address}]` : address}:${port}`),
  );
}
