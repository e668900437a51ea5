import { isObject, type Json, type JsonObject } from "../core/json.ts";

/** Fields of answers that tell how the vendor worked and nothing of the answer, so that nothing is lost without them. */
const METADATA: ReadonlySet<string> = new Set([
  // OpenAI and those who speak like it
  "system_fingerprint",
  "service_tier",
  "provider",
  "native_finish_reason",
  // Claude
  "inference_geo",
  "speed",
  "iterations",
]);

/**
 * Whether a field of an answer says nothing that another protocol's client could miss: it is the vendor's metadata, or a zero, a null, a
 * false, an empty text, or a list or an object of nothing but these.
 */
export function saysNothing(field: string, value: Json): boolean {
  return METADATA.has(field) || isEmpty(value);
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isEmpty);
  return isObject(value) ? allSayNothing(value) : !value;
}

/** Whether none of an object's fields says anything. */
export function allSayNothing(value: JsonObject): boolean {
  return Object.keys(value).every((key) => saysNothing(key, value[key] as Json));
}
