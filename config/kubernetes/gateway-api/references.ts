import type { KindName, Resource } from "../resource.ts";
import type { Lookup } from "../translator.ts";
import { textAt } from "./fields.ts";
import { GATEWAY_GROUP } from "./kinds.ts";
import { isPermitted } from "./reference-grants.ts";

/** Why a reference leads nowhere. */
export interface BrokenReference {
  readonly kind: "unknown-kind" | "not-permitted" | "missing";
  readonly message: string;
}

/** What a reference of a Gateway leads to. `known` are the kinds it may be of; the first is meant when it says none. */
export function referred(
  ref: unknown,
  gateway: Resource,
  known: readonly [KindName, ...KindName[]],
  lookup: Lookup,
): Resource | BrokenReference {
  const [usual] = known;
  const [usualGroup = "", usualKind = ""] = usual.split("/");
  const [group, kind] = [textAt(ref, "group") ?? usualGroup, textAt(ref, "kind") ?? usualKind];
  const wanted = known.find((one) => one === `${group}/${kind}`);
  if (wanted === undefined) return { kind: "unknown-kind", message: `The kind ${kind} is not supported.` };
  const name = textAt(ref, "name") ?? "";
  const namespace = textAt(ref, "namespace") ?? gateway.metadata.namespace;
  const from = { group: GATEWAY_GROUP, kind: "Gateway", namespace: gateway.metadata.namespace };
  const place = `${kind} ${namespace}/${name}`;
  if (!isPermitted(from, { group, kind, namespace, name }, lookup)) {
    return { kind: "not-permitted", message: `No ReferenceGrant lets the Gateway use the ${place}.` };
  }
  return lookup.get(wanted, namespace, name) ?? { kind: "missing", message: `There is no ${place}.` };
}

/** Tells the two answers of {@link referred} apart. */
export function isBroken(found: Resource | BrokenReference): found is BrokenReference {
  return "message" in found && !("metadata" in found);
}
