import { entries, isMapping, mapping, strings } from "../../check-values.ts";
import type { Instance } from "../instances.ts";

/** Names of the services in an answer of `/v1/catalog/services`: those with the tag, where one is asked for. */
export function serviceNames(body: unknown, tag: string | undefined): readonly string[] {
  if (!isMapping(body)) throw new Error("its catalog is no list of services");
  return Object.entries(body)
    .filter(([, tags]) => hasTag(tags, tag))
    .map(([name]) => name);
}

/** Instances in an answer of `/v1/health/service/NAME?passing`; `nameOf` makes the service's name from the datacenter's. */
export function instancesOf(
  body: unknown,
  tag: string | undefined,
  nameOf: (datacenter: string) => string,
): readonly Instance[] {
  if (!Array.isArray(body)) throw new Error("its answer is no list of instances");
  return entries(body).flatMap(([, { Node: node, Service: service }]) => {
    const { Address: address, Port: port, Meta: meta, Tags: tags, Weights: weights } = mapping(service);
    if (!hasTag(tags, tag)) return [];
    const { Address: nodeAddress, Datacenter: datacenter } = mapping(node);
    const metadata = textsOf(meta);
    const { protocol } = metadata;
    const { Passing: weight } = mapping(weights);
    return [
      {
        service: nameOf(typeof datacenter === "string" ? datacenter : ""),
        host: textOr(address, textOr(nodeAddress, "")),
        port: Number(port),
        metadata,
        ...(protocol === undefined || protocol === "" ? {} : { protocol }),
        ...(typeof weight === "number" ? { weight } : {}),
      },
    ];
  });
}

/** As in Higress: in capitals or not. */
function hasTag(tags: unknown, wanted: string | undefined): boolean {
  return wanted === undefined || strings(tags).some(([, tag]) => tag.toLowerCase() === wanted.toLowerCase());
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function textsOf(meta: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(mapping(meta)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}
