/** What is sent and read: `bigint` is a `long`, `number` a `double` when it is written. */
export type JavaValue = null | boolean | number | bigint | string | Uint8Array | readonly JavaValue[] | JavaObject;

/** A map, or an object by its fields. */
export interface JavaObject {
  readonly [key: string]: JavaValue;
}

/** Whether a value is a map or an object. */
export function isJavaObject(value: JavaValue): value is JavaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
