import type { FinishReason } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { textOf } from "./wire.ts";

type Unified = FinishReason["unified"];

const INCOMPLETE: ReadonlyMap<string, Unified> = new Map<string, Unified>([
  ["max_output_tokens", "length"],
  ["max_tokens", "length"],
  ["content_filter", "content-filter"],
]);

/** Why an answer of this `status` and these `incomplete_details` stopped; `called`: it has called the client's tools. */
export function decodeFinish(status: Json | undefined, details: Json | undefined, called: boolean): FinishReason {
  if (status === "incomplete") {
    const raw = (isObject(details) ? textOf(details.reason) : undefined) ?? "incomplete";
    return { unified: INCOMPLETE.get(raw) ?? "other", raw };
  }
  // Vendors that leave the status out mean that all is there.
  const raw = textOf(status) ?? "completed";
  if (raw !== "completed") return { unified: "other", raw };
  return { unified: called ? "tool-calls" : "stop", raw };
}

/** The reason inside an incomplete answer, or none when it is complete; and whether it says the same. */
const WORDS: Readonly<Record<Unified, readonly [reason: string | undefined, same: boolean]>> = {
  stop: [undefined, true],
  "stop-sequence": [undefined, true],
  "tool-calls": [undefined, true],
  length: ["max_output_tokens", true],
  "context-window": ["max_output_tokens", false],
  "content-filter": ["content_filter", true],
  refusal: ["content_filter", false],
  pause: [undefined, false],
  other: [undefined, false],
};

/** Statuses of answers that are still being made, or were given up. */
const UNFINISHED: ReadonlySet<string> = new Set(["queued", "in_progress", "cancelled"]);

/** Whether an answer, and the message it ends in, is cut short. */
export function isCutShort({ unified }: FinishReason, refused: boolean): boolean {
  return !(unified === "refusal" && refused) && WORDS[unified][0] !== undefined;
}

/** An answer's `status` and `incomplete_details`; `refused`: it holds a refusal, which says it all. */
export function encodeFinish(reason: FinishReason, refused: boolean, losses: Losses): JsonObject {
  if (reason.unified === "other" && UNFINISHED.has(reason.raw)) return { status: reason.raw, incomplete_details: null };
  const [word, same] = reason.unified === "refusal" && refused ? [undefined, true] : WORDS[reason.unified];
  if (reason.stopSequence !== undefined) losses.dropped("choices[0].stop_sequence");
  if (!same) losses.approximated("choices[0].finish_reason", `told as ${word ?? "completed"}`);
  if (word === undefined) return { status: "completed", incomplete_details: null };
  return { status: "incomplete", incomplete_details: { reason: word } };
}
