/** Gemini's wire format (ai.google.dev/api/generate-content). It is protobuf's JSON: servers write camelCase and read snake_case as well. */
import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** This folder's protocol. */
export const PROTOCOL = "gemini";

/** An object's own fields in camelCase, whichever way a client spelt them; its values untouched. */
export function camel(value: JsonObject): JsonObject {
  const keys = Object.keys(value);
  if (!keys.some((key) => key.includes("_"))) return value;
  const fields: JsonObject = {};
  for (const key of keys) {
    if (key === "__proto__") continue;
    fields[key.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value[key] as Json;
  }
  return fields;
}

/** The objects of a list; nothing for what is none. */
export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A text that is not empty. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
