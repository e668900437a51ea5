/** Passages of a text, which OpenAI counts in UTF-16 code units and Gemini in bytes of UTF-8. */
import type { Span } from "../core/chat.ts";
import type { Json } from "../core/json.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A span of two numbers that make one; undefined for others. */
export function spanOf(start: Json | undefined, end: Json | undefined): Span | undefined {
  if (typeof start !== "number" || typeof end !== "number") return undefined;
  return Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end ? { start, end } : undefined;
}

/** A span in a text's bytes, counted in code units; undefined when the text is shorter. */
export function fromBytes({ start, end }: Span, text: string): Span | undefined {
  const bytes = encoder.encode(text);
  if (end > bytes.length) return undefined;
  const before = decoder.decode(bytes.subarray(0, start)).length;
  return { start: before, end: before + decoder.decode(bytes.subarray(start, end)).length };
}

/** The inverse of {@link fromBytes}. */
export function toBytes({ start, end }: Span, text: string): Span | undefined {
  if (end > text.length) return undefined;
  const before = encoder.encode(text.slice(0, start)).length;
  return { start: before, end: before + encoder.encode(text.slice(start, end)).length };
}
