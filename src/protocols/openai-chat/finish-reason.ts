import type { FinishReason } from "../../core/chat.ts";
import type { Losses } from "../losses.ts";

type Unified = FinishReason["unified"];

/** OpenAI's words, and those that compatible vendors pass on from their engines; in lower case. */
const UNIFIED: ReadonlyMap<string, Unified> = new Map<string, Unified>([
  ["stop", "stop"],
  ["eos", "stop"],
  ["eos_token", "stop"],
  ["end_turn", "stop"],
  ["complete", "stop"],
  ["completed", "stop"],
  ["stop_sequence", "stop-sequence"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["model_length", "context-window"],
  ["model_context_window_exceeded", "context-window"],
  ["tool_calls", "tool-calls"],
  ["tool_call", "tool-calls"],
  ["tool_use", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  ["content_filtered", "content-filter"],
  ["sensitive", "content-filter"],
  ["safety", "content-filter"],
  ["recitation", "content-filter"],
  ["refusal", "refusal"],
  ["pause_turn", "pause"],
]);

/** What an answer has said when it stops. */
interface Stopped {
  /** It has called tools. */
  readonly called: boolean;
  /** The stop sequence the vendor says was met. */
  readonly sequence: string | undefined;
}

/** A vendor's finish reason; unknown words are `other`. */
export function decodeFinish(raw: string, { called, sequence }: Stopped): FinishReason {
  const unified = UNIFIED.get(raw) ?? UNIFIED.get(raw.toLowerCase()) ?? "other";
  if (unified !== "stop" && unified !== "stop-sequence") return { unified, raw };
  // OpenAI itself says "stop" of a call it was made to make, some vendors of every call; a client that runs tools must be told.
  if (called) return { unified: "tool-calls", raw };
  return sequence === undefined ? { unified, raw } : { unified: "stop-sequence", raw, stopSequence: sequence };
}

/** OpenAI's word for each reason, and whether it says the same. */
const WORDS: Readonly<Record<Unified, readonly [word: string, same: boolean]>> = {
  stop: ["stop", true],
  "stop-sequence": ["stop", true],
  length: ["length", true],
  "context-window": ["length", false],
  "tool-calls": ["tool_calls", true],
  "content-filter": ["content_filter", true],
  refusal: ["content_filter", false],
  pause: ["stop", false],
  other: ["stop", false],
};

/** OpenAI's finish reason; `path` is where a loss is reported. */
export function encodeFinish(reason: FinishReason, path: string, losses: Losses): string {
  const [word, same] = WORDS[reason.unified];
  if (!same) losses.approximated(path, `told as ${word}`);
  return word;
}
