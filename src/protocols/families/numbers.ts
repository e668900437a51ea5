import type { Json } from "../../core/json.ts";

/** The list when it holds nothing but numbers; else undefined. */
export function numbersIn(value: Json | undefined): number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === "number") ? value : undefined;
}
