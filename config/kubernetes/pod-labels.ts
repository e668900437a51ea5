import { type Mapping, mapping } from "../check-values.ts";
import type { Resource } from "./resource.ts";
import type { Lookup } from "./translator.ts";

/** An endpoint of a Service. */
interface PodEndpoint {
  readonly address: string;
  /** The pod that it is, where that is said. */
  readonly targetRef: unknown;
}

/** Whether an endpoint of a namespace is a pod with all of these labels; with no labels asked for every endpoint is. */
export function podsWith(lookup: Lookup, namespace: string, labels: Mapping): (endpoint: PodEndpoint) => boolean {
  const [first] = Object.entries(labels);
  if (first === undefined) return () => true;
  const pods = lookup
    .list("/Pod", namespace, [first[0], String(first[1])])
    .filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels[key] === String(value)));
  const names = new Set(pods.map(({ metadata }) => metadata.name));
  // The API server is asked for pods' metadata alone: addresses are known of those in files.
  const addresses = new Set(pods.map(addressOf));
  return ({ address, targetRef }) => {
    const { kind, name } = mapping(targetRef);
    return kind === "Pod" && typeof name === "string" ? names.has(name) : addresses.has(address);
  };
}

function addressOf({ status }: Resource): unknown {
  return mapping(status)["podIP"];
}
