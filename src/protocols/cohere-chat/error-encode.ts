import type { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { SseFrame } from "../../core/sse.ts";

/** An error answer as Cohere's own clients read it. Format: https://docs.cohere.com/reference/errors */
export function encodeCohereError(fault: Fault, requestId: string): JsonObject {
  return { id: requestId, message: fault.message };
}

/**
 * The event that ends an open stream in failure. A chat of the second version has no other place for an error than the end of its message;
 * the first version's end tells none. Format: the types `ChatMessageEndEventDelta` and `ChatStreamEndEvent` of the npm package cohere-ai 8.1.
 */
export function encodeCohereFailure(fault: Fault, requestId: string, action: string | undefined): SseFrame {
  if (action === "v1/chat") {
    const end = { is_finished: true, event_type: "stream-end", finish_reason: "ERROR" };
    return { event: "stream-end", data: JSON.stringify({ ...end, response: { text: fault.message } }) };
  }
  const delta = { finish_reason: "ERROR", error: fault.message };
  return { event: "message-end", data: JSON.stringify({ type: "message-end", id: requestId, delta }) };
}
