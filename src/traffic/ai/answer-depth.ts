import { Fault } from "../../core/fault.ts";
import { isDeeperThan, type JsonObject, MAX_DEPTH } from "../../core/json.ts";
import type { SseEvent } from "../../core/sse.ts";
import { parseObject } from "../../core/json-splice.ts";

/** Throws for an answer that is nested too deep to be converted. */
export function requireShallow(body: JsonObject): void {
  if (isDeeperThan(MAX_DEPTH, body)) {
    throw new Fault("upstream_garbage", `The provider's answer is nested more than ${MAX_DEPTH} levels deep.`);
  }
}

/** The same for events, of which nearly all are too short to be that deep. */
export function shallow(events: readonly SseEvent[]): readonly SseEvent[] {
  for (const { data } of events) {
    if (data.length > 2 * MAX_DEPTH) requireShallow(parseObject(data) ?? {});
  }
  return events;
}
