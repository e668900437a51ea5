import type { JsonObject } from "#src/core/json.ts";
import type { ResourceType } from "./resource-types.ts";

/**
 * What one node shall have, written in proto3's JSON form as Envoy's documentation shows it (the outer `@type` may be left out): by type,
 * by name. The name is the message's own, `cluster_name` for `eds`. A virtual host of `vhds` is called `ROUTE_CONFIGURATION/NAME`, and that
 * is its `name` too: Envoy takes both for the same.
 *
 * Whoever translates keeps the objects of what did not change, maps, messages and the elements of `virtual_hosts`, and changes none: what is
 * the same object is neither encoded nor compared again.
 */
export type EnvoyResources = Readonly<Partial<Record<ResourceType, ReadonlyMap<string, JsonObject>>>>;

/** A resource, ready to be sent. Two that hold the same are the same object, as long as one builder makes them. */
export interface XdsResource {
  readonly type: ResourceType;
  readonly name: string;
  /** Made from the bytes, so that it is the same after a restart and in every replica. */
  readonly version: string;
  readonly body: JsonObject;
  readonly bytes: Uint8Array;
}

/** Resources of one type by name. Never changed: a change makes a new map. */
export type ResourceMap = ReadonlyMap<string, XdsResource>;

/** Everything a node shall have. Types of which nothing changed keep their map. */
export type XdsSnapshot = Readonly<Record<ResourceType, ResourceMap>>;

/** What makes one map from another. */
export interface ResourceChange {
  readonly changed: readonly XdsResource[];
  readonly removed: readonly string[];
}

const NOTHING: ResourceChange = { changed: [], removed: [] };

/** One change is asked for once a client, and is the same for all of them. */
const known = new WeakMap<ResourceMap, WeakMap<ResourceMap, ResourceChange>>();

/** What has to be sent to whoever has `before`. */
export function changeOf(before: ResourceMap, after: ResourceMap): ResourceChange {
  if (before === after) return NOTHING;
  const changes = known.get(before) ?? new WeakMap<ResourceMap, ResourceChange>();
  known.set(before, changes);
  const change = changes.get(after) ?? {
    changed: [...after.values()].filter((resource) => before.get(resource.name) !== resource),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  };
  changes.set(after, change);
  return change;
}
