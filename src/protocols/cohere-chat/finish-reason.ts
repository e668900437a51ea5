import type { FinishReason } from "../../core/chat.ts";

const UNIFIED: ReadonlyMap<string, FinishReason["unified"]> = new Map([
  ["COMPLETE", "stop"],
  ["STOP_SEQUENCE", "stop-sequence"],
  ["MAX_TOKENS", "length"],
  ["TOOL_CALL", "tool-calls"],
]);

/** Finish reasons that say the answer failed, and the status that fits. */
export const FAILURES: ReadonlyMap<string, number> = new Map([
  ["ERROR", 502],
  ["TIMEOUT", 504],
]);

/** A finish reason as it came; a word not known here becomes `other`. */
export function decodeFinish(raw: string): FinishReason {
  return { unified: UNIFIED.get(raw) ?? "other", raw };
}
