import type { JsonObject } from "#src/core/json.ts";

/** Where a call's answer goes: to a client of this replica, or to the replica that its client has turned to. */
export interface CallReply {
  /** Calls `left` when the client goes before its answer is whole. */
  onLeft(left: () => void): void;
  /** Sends a message that comes before the result. */
  message(text: string): void;
  result(result: JsonObject): void;
  /** What went wrong. */
  failed(thrown: unknown): void;
}
