import type { FinishReason } from "../../core/chat.ts";
import type { Losses } from "../losses.ts";

type Unified = FinishReason["unified"];

/** Gemini's finish reasons and block reasons, which share their words. Others become `other`. */
const UNIFIED: ReadonlyMap<string, Unified> = new Map<string, Unified>([
  ["STOP", "stop"],
  ["MAX_TOKENS", "length"],
  ["SAFETY", "content-filter"],
  ["RECITATION", "content-filter"],
  ["BLOCKLIST", "content-filter"],
  ["PROHIBITED_CONTENT", "content-filter"],
  ["SPII", "content-filter"],
  ["MODEL_ARMOR", "content-filter"],
  ["JAILBREAK", "content-filter"],
  ["IMAGE_SAFETY", "content-filter"],
  ["IMAGE_PROHIBITED_CONTENT", "content-filter"],
  ["IMAGE_RECITATION", "content-filter"],
  ["LANGUAGE", "other"],
  ["OTHER", "other"],
  ["MALFORMED_FUNCTION_CALL", "other"],
  ["UNEXPECTED_TOOL_CALL", "other"],
  ["TOO_MANY_TOOL_CALLS", "other"],
  ["MALFORMED_RESPONSE", "other"],
  ["MISSING_THOUGHT_SIGNATURE", "other"],
  ["NO_IMAGE", "other"],
  ["IMAGE_OTHER", "other"],
  ["CONTINUATION", "pause"],
  ["FINISH_REASON_UNSPECIFIED", "other"],
]);

/** Words that only `promptFeedback.blockReason` has. */
const BLOCKS_ONLY: ReadonlySet<string> = new Set(["MODEL_ARMOR", "JAILBREAK"]);

const WIRE: Readonly<Record<Unified, string>> = {
  stop: "STOP",
  "stop-sequence": "STOP",
  "tool-calls": "STOP",
  length: "MAX_TOKENS",
  "context-window": "MAX_TOKENS",
  "content-filter": "SAFETY",
  refusal: "SAFETY",
  pause: "CONTINUATION",
  other: "OTHER",
};

/** What Gemini has no word of its own for. */
const INEXACT: ReadonlySet<Unified> = new Set<Unified>(["context-window", "refusal", "pause"]);

/** A finish reason as it came. Gemini has no word of its own for an answer that calls a tool. */
export function decodeFinish(raw: string, called: boolean): FinishReason {
  const unified = UNIFIED.get(raw) ?? "other";
  return { unified: unified === "stop" && called ? "tool-calls" : unified, raw };
}

/** The finish of a prompt that was refused before there was an answer. */
export function decodeBlock(raw: string): FinishReason {
  return { unified: "content-filter", raw };
}

/** Gemini's word: its own where it means it, else the nearest. */
export function encodeFinish({ unified, raw }: FinishReason, path: string, losses: Losses): string {
  const own = UNIFIED.get(raw);
  const meant = own === unified || (own === "stop" && unified === "tool-calls");
  if (own !== undefined && meant && !BLOCKS_ONLY.has(raw)) return raw;
  const word = WIRE[unified];
  if (INEXACT.has(unified)) losses.approximated(path, `told as ${word}`);
  return word;
}
