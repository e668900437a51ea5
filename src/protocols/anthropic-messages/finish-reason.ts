import type { ContentPart, FinishReason } from "../../core/chat.ts";
import type { Losses } from "../losses.ts";
import type { StopReason } from "./wire.ts";

const UNIFIED: Readonly<Record<StopReason, FinishReason["unified"]>> = {
  end_turn: "stop",
  max_tokens: "length",
  stop_sequence: "stop-sequence",
  tool_use: "tool-calls",
  pause_turn: "pause",
  compaction: "other",
  refusal: "refusal",
  model_context_window_exceeded: "context-window",
};

const WIRE: Readonly<Record<FinishReason["unified"], StopReason>> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "context-window": "model_context_window_exceeded",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  refusal: "refusal",
  pause: "pause_turn",
  other: "end_turn",
};

/** What Claude has no word of its own for. */
const INEXACT: ReadonlySet<FinishReason["unified"]> = new Set<FinishReason["unified"]>(["content-filter", "other"]);

/** A stop reason as it came; a word not known here becomes `other`. */
export function decodeStopReason(raw: string, stopSequence: unknown): FinishReason {
  const unified = Object.hasOwn(UNIFIED, raw) ? UNIFIED[raw as StopReason] : "other";
  return typeof stopSequence === "string" ? { unified, raw, stopSequence } : { unified, raw };
}

/**
 * Claude's word for a finish reason. Claude's own words are kept where they mean it: some of OpenAI's imitators use them too. Otherwise an
 * answer that holds a tool call stops for `tool_use`, and one that holds a refusal for `refusal`, however the provider called it: Claude's
 * clients run tools on that word alone.
 */
export function encodeStopReason(finish: FinishReason, refused: boolean, called: boolean, losses: Losses): string {
  if (Object.hasOwn(UNIFIED, finish.raw) && UNIFIED[finish.raw as StopReason] === finish.unified) return finish.raw;
  if (finish.unified === "stop" && called) return "tool_use";
  if (finish.unified === "stop" && refused) return "refusal";
  const word = WIRE[finish.unified];
  if (INEXACT.has(finish.unified)) losses.approximated("choices[0].finish_reason", `told as ${word}`);
  return word;
}

/** Whether a part asks the client to run a tool. */
export function isClientCall(part: ContentPart): boolean {
  return part.type === "tool-call" && part.kind !== "server";
}
