import { createHash } from "node:crypto";
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

/** 96 bits: enough to tell contents apart, short enough to read. */
const VERSION_LENGTH = 16;

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

/** Whether both have the same resources. */
export function isSame(before: ResourceMap, after: ResourceMap): boolean {
  return before.size === after.size && [...after].every(([name, resource]) => before.get(name) === resource);
}

/** What makes one map from another. */
export interface ResourceChange {
  readonly changed: readonly XdsResource[];
  readonly removed: readonly string[];
}

const NOTHING: ResourceChange = { changed: [], removed: [] };

/** Keeps what was found for two maps, for as long as both are there: all clients of a view ask the same. */
function remembered<T>(find: (one: ResourceMap, other: ResourceMap) => T): (one: ResourceMap, other: ResourceMap) => T {
  const known = new WeakMap<ResourceMap, WeakMap<ResourceMap, T>>();
  return (one, other) => {
    const found = known.get(one) ?? new WeakMap<ResourceMap, T>();
    known.set(one, found);
    const result = found.get(other) ?? find(one, other);
    found.set(other, result);
    return result;
  };
}

const sharedChange = remembered(difference);

/** What has to be sent to whoever has `before`. */
export function changeOf(before: ResourceMap, after: ResourceMap): ResourceChange {
  return before === after ? NOTHING : sharedChange(before, after);
}

/** The same, of maps that are one client's own. What was away and is back as it was has not changed. */
export function difference(before: ResourceMap, after: ResourceMap): ResourceChange {
  return {
    changed: [...after.values()].filter(({ name, version }) => before.get(name)?.version !== version),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  };
}

const sharedUnion = remembered((first, second): ResourceMap => {
  const extra = [...second].filter(([name]) => !first.has(name));
  if (extra.length === 0) return first;
  // What is in the second already makes nothing new, or who adds the same again and again would never see it come to rest.
  return [...first].every(([name, resource]) => second.get(name) === resource) ? second : new Map([...first, ...extra]);
});

/** What is in either; for names in both, what is in `first`. */
export function unionOf(first: ResourceMap, second: ResourceMap): ResourceMap {
  return first === second || second.size === 0 ? first : sharedUnion(first, second);
}

const versions = new WeakMap<ResourceMap, string>();

/** A version for all of a map together. */
export function versionOfMap(map: ResourceMap): string {
  const known = versions.get(map);
  if (known !== undefined) return known;
  // One text: each piece that a hash is given costs more than its bytes.
  let text = "";
  for (const { name, version } of map.values()) text += `${name} ${version}\n`;
  const version = createHash("sha256").update(text).digest("base64url").slice(0, VERSION_LENGTH);
  versions.set(map, version);
  return version;
}

/** The version of a resource with these bytes. */
export function versionOfBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, VERSION_LENGTH);
}

const NONE: ResourceMap = new Map();

/** A snapshot with nothing in it. */
export const EMPTY_SNAPSHOT: XdsSnapshot = {
  sds: NONE,
  cds: NONE,
  eds: NONE,
  rtds: NONE,
  ecds: NONE,
  lds: NONE,
  srds: NONE,
  rds: NONE,
  vhds: NONE,
};
