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

/** Nothing that means something is nested this deep; conversion goes down level by level and would run out of stack. */
export const MAX_DEPTH: number = 500;

/** Whether lists and objects stand within each other more than `limit` deep. Takes no stack, as what is that deep would. */
export function isDeeperThan(limit: number, value: Json): boolean {
  let level = isNested(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((one) => Object.values(one).filter(isNested));
  }
  return false;
}

function isNested(value: Json): value is Json[] | JsonObject {
  return typeof value === "object" && value !== null;
}
