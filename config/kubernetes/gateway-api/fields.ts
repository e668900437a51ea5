import { isMapping, type Mapping, mapping } from "../../check-values.ts";

/** Parts of objects as written, which may be anything. */

/** The text under a key; undefined where there is none, or an empty one: the API takes both for the same. */
export function textAt(value: unknown, key: string): string | undefined {
  const found = mapping(value)[key];
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** The number under a key. */
export function numberAt(value: unknown, key: string): number | undefined {
  const found = mapping(value)[key];
  return typeof found === "number" ? found : undefined;
}

/** The mapping under a key; undefined where there is none. */
export function mappingAt(value: unknown, key: string): Mapping | undefined {
  const found = mapping(value)[key];
  return isMapping(found) ? found : undefined;
}

/** The mappings of a list under a key; what is none counts as an empty one, so that positions stay. */
export function mappingsAt(value: unknown, key: string): readonly Mapping[] {
  const found = mapping(value)[key];
  return Array.isArray(found) ? found.map(mapping) : [];
}

/** The texts of a list under a key. */
export function textsAt(value: unknown, key: string): readonly string[] {
  const found = mapping(value)[key];
  return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
}
