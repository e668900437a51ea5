import type { Resource } from "../resource.ts";
import type { Finding, Lookup, TranslatorOptions } from "../translator.ts";
import { attach, type Attached, type AttachedListener, gatewayOf } from "./attachment.ts";
import { mappingsAt } from "./fields.ts";
import { isOwnGateway } from "./gateway-classes.ts";
import type { RouteKind } from "./kinds.ts";
import { conflictWith, type OtherOwners, ownersOfOtherKind } from "./other-kind.ts";

/** A parent of a route that is a Gateway of this gateway, and what came of it. */
export interface Attachment extends Attached {
  /** Its place in `spec.parentRefs`. */
  readonly index: number;
  readonly parentRef: Readonly<Record<string, unknown>>;
  readonly gateway: Resource;
  /** Listeners that would take it, if others were not there before. */
  readonly lost?: { readonly listeners: readonly AttachedListener[]; readonly message: string };
}

/** What a route's parents make of it. Parents that are not this gateway's are left to others. */
export function attachmentsOf(
  route: Resource,
  kind: RouteKind,
  lookup: Lookup,
  options: TranslatorOptions,
): readonly Attachment[] {
  return mappingsAt(route.spec, "parentRefs").flatMap((parentRef, index) => {
    const gateway = gatewayOf(parentRef, route, lookup);
    if (gateway === undefined || !isOwnGateway(gateway, lookup, options)) return [];
    const attached = attach(route, kind, parentRef, gateway, lookup);
    const owners = ownersOfOtherKind(route, kind, gateway, lookup);
    return [{ index, parentRef, gateway, ...withoutThose(owners, attached) }];
  });
}

/** What is left where routes of the other kind have the hostnames. */
function withoutThose(owners: OtherOwners, attached: Attached): Pick<Attachment, "listeners" | "refusal" | "lost"> {
  const lost = attached.listeners.filter(({ listener }) => owners.has(listener.name));
  if (lost.length === 0) return attached;
  const message = conflictWith(owners);
  if (lost.length === attached.listeners.length)
    return { listeners: [], refusal: { reason: "HostnameConflict", message } };
  return { listeners: attached.listeners.filter((one) => !lost.includes(one)), lost: { listeners: lost, message } };
}

/** What there is to say of a route that a parent, or a listener of it, does not take. */
export function refusalFinding({ index, refusal, lost }: Attachment): readonly Finding[] {
  const field = `spec.parentRefs[${index}]`;
  if (refusal !== undefined) return [{ field, message: `${refusal.reason}: ${refusal.message}`, severity: "error" }];
  if (lost === undefined) return [];
  const names = lost.listeners.map(({ listener }) => listener.name).join(", ");
  return [{ field, message: `HostnameConflict at ${names}: ${lost.message}`, severity: "error" }];
}
