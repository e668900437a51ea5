import type { McpCall } from "./server.ts";

/**
 * Calls `ended` when the call's client cancels it or leaves, at once when that has happened; the returned function ends the waiting. Most
 * calls end before that, and an AbortSignal made for nothing costs more than what is asked of it.
 */
export function whenEnded(call: Pick<McpCall, "signal" | "whenEnded">, ended: () => void): () => void {
  if (call.whenEnded !== undefined) return call.whenEnded(ended);
  const { signal } = call;
  if (signal.aborted) {
    ended();
    return () => {};
  }
  signal.addEventListener("abort", ended, { once: true });
  return () => signal.removeEventListener("abort", ended);
}
