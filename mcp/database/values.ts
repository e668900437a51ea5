import { isObject, type Json } from "#src/core/json.ts";

/** How values of databases are told as JSON, nothing of them lost. */

/** Whole numbers beyond 2^53 are told as text. */
export function integerValue(text: string): Json {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

/** NaN and the infinities, which JSON lacks, are told as text. */
export function floatValue(number: number): Json {
  return Number.isFinite(number) ? number : String(number);
}

/** Bytes as base64, marked as such. */
export function bytesValue(bytes: Uint8Array): Json {
  return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64") };
}

/** JSON as what it says, but for numbers that JavaScript cannot hold, which are told as text. What is no JSON stays text. */
export function jsonValue(text: string): Json {
  try {
    return JSON.parse(text, exact) as Json;
  } catch {
    return text;
  }
}

function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value !== "number" || source === undefined || isExact(value, source) ? value : source;
}

/** Whether a number says all that its text says. Up to 15 digits it does. */
function isExact(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  const digits = source.replace(/e.*$/i, "").replace(/[-.]/g, "").replace(/^0+/, "");
  return digits.length <= 15 || String(value) === source;
}

/** A value of a driver as JSON, whatever it is. */
export function anyValue(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return integerValue(String(value));
  if (typeof value === "number") return floatValue(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (value instanceof Uint8Array) return bytesValue(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map(anyValue);
  if (!isObject(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, anyValue(inner)]));
}
