/** JSON values as they come from the wire. Absent and `null` differ: vendors give them different meanings. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object; every key may be missing. */
export interface JsonObject {
  [key: string]: Json;
}

/** Tells a JSON object from the other JSON values. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
