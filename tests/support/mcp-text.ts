import { isObject, type Json } from "#src/core/json.ts";

/** The first text in a tool's content; empty when there is none. */
export function textIn(content: Json | undefined): string {
  const first = Array.isArray(content) ? content[0] : undefined;
  const text = isObject(first) ? first["text"] : undefined;
  return typeof text === "string" ? text : "";
}
