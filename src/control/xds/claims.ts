import type { Protocol } from "./push.ts";
import type { ResourceKind } from "./resource-types.ts";
import { type ResourceMap, versionOfMap, type XdsResource } from "./snapshot.ts";
import type { Subscription } from "./subscription.ts";

/** What a client that comes back says it has of a type, from a stream before this one. */
export interface Claims {
  /** State of the world: the version of all together. */
  readonly version: string;
  /** Incremental: versions by name. */
  readonly versions: ReadonlyMap<string, string>;
}

/** What claims come to, next to what there is. */
interface ComparedClaims {
  readonly known: ResourceMap;
  /** What this server does not know: the client's routes may need it until they have been replaced. */
  readonly kept: ResourceMap;
  /** Names that need not be sent although they are subscribed to for the first time on this stream. */
  readonly current: readonly string[];
}

const NONE: ResourceMap = new Map();

/** Compares; undefined when nothing is known by it. */
export function comparedClaims(
  { version, versions }: Claims,
  kind: ResourceKind,
  protocol: Protocol,
  subscription: Subscription,
  all: ResourceMap,
): ComparedClaims | undefined {
  const wanted = subscription.wanted(all).resources;
  if (protocol === "sotw") {
    const isAll = subscription.wildcard && subscription.names.size === 0;
    return isAll && version === versionOfMap(all) ? { known: wanted, kept: NONE, current: [] } : undefined;
  }
  const claims = [...versions].filter(([name]) => subscription.has(name) || kind.type === "vhds");
  const known = new Map(
    claims.map(([name, claim]) => {
      const resource = wanted.get(name);
      return [name, resource?.version === claim ? resource : unknownResource(kind, name, claim)];
    }),
  );
  const isCurrent = (name: string): boolean => known.get(name) === wanted.get(name);
  const names = [...known.keys()];
  return {
    // The very map that is shown to all, where it can be: clients share it.
    known: known.size === wanted.size && names.every(isCurrent) ? wanted : known,
    kept: kind.stage === "before routes" ? new Map([...known].filter(([name]) => !all.has(name))) : NONE,
    // Endpoints are sent all the same: a cluster that was warming when the stream broke waits for them.
    current: kind.type === "eds" ? [] : names.filter(isCurrent),
  };
}

/** Stands for what a client says it has, and this server does not. */
function unknownResource({ type }: ResourceKind, name: string, version: string): XdsResource {
  return { type, name, version, body: {}, bytes: new Uint8Array() };
}
