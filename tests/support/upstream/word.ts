import type { Json } from "#src/core/json.ts";

/** A field that ought to be a string; empty when it is anything else. */
export function word(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
