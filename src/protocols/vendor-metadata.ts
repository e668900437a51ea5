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
  // Gemini
  "avgLogprobs",
  "tokenCount",
  "modelStatus",
  "trafficType",
  "initialPromptTokenCount",
  // counted among the tokens read
  "toolUsePromptTokenCount",
]);

/** Fields that say something in some cases only: whether a value says nothing. */
const SILENT: Readonly<Record<string, (value: Json) => boolean>> = {
  // Of Gemini's ratings, that of a category which blocked nothing.
  safetyRatings: (value) => each(value, ({ blocked }) => blocked !== true),
  // Its reason is the answer's finish reason.
  promptFeedback: (value) => isObject(value) && value.blockReasonMessage === undefined,
  // Tokens of text, which the totals tell.
  promptTokensDetails: ofText,
  candidatesTokensDetails: ofText,
  cacheTokensDetails: ofText,
  toolUsePromptTokensDetails: ofText,
};

function each(value: Json, test: (one: JsonObject) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => isObject(one) && test(one));
}

function ofText(value: Json): boolean {
  return each(value, ({ modality }) => modality === "TEXT");
}

/**
 * Whether a field of an answer says nothing that another protocol's client could miss: it is the vendor's metadata, or a zero, a null, a
 * false, an empty text, or a list or an object of nothing but these.
 */
export function saysNothing(field: string, value: Json): boolean {
  return METADATA.has(field) || SILENT[field]?.(value) === true || isEmpty(value);
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isEmpty);
  return isObject(value) ? allSayNothing(value) : !value;
}

/** Whether none of an object's fields says anything. */
export function allSayNothing(value: JsonObject): boolean {
  return Object.keys(value).every((key) => saysNothing(key, value[key] as Json));
}
