/** OpenAI's Responses API, as the `openai` package's types (`openai/resources/responses`) publish it. */
import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** This folder's protocol. */
export const PROTOCOL = "openai-responses";

/** A text, undefined for what is none or empty. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The objects in a list; nothing for what is no list. */
export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
