import type { FinishReason } from "../../core/chat.ts";
import type { StopReason } from "./wire.ts";

const UNIFIED: Readonly<Record<StopReason, FinishReason["unified"]>> = {
  end_turn: "stop",
  max_tokens: "length",
  stop_sequence: "stop-sequence",
  tool_use: "tool-calls",
  content_filtered: "content-filter",
  guardrail_intervened: "content-filter",
  malformed_model_output: "other",
  malformed_tool_use: "other",
  model_context_window_exceeded: "context-window",
};

/** Words of Claude's that the SDK does not list and Bedrock passes on. */
const CLAUDES: Readonly<Record<string, FinishReason["unified"]>> = { refusal: "refusal", pause_turn: "pause" };

/** A stop reason as it came; a word not known here becomes `other`. */
export function decodeStopReason(raw: string, stopSequence: unknown): FinishReason {
  const table: Readonly<Record<string, FinishReason["unified"]>> = Object.hasOwn(UNIFIED, raw) ? UNIFIED : CLAUDES;
  const unified = (Object.hasOwn(table, raw) ? table[raw] : undefined) ?? "other";
  return typeof stopSequence === "string" ? { unified, raw, stopSequence } : { unified, raw };
}
