import type { ChatEvent } from "../../core/chat.ts";
import { faultOf } from "../../core/error-event.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { takeChoice, takeStart, takeUsage } from "./answer-decode.ts";
import { initialState } from "./answer-state.ts";
import { errorEvent, minimaxError, readError } from "./error-body.ts";
import type { WireAnswer } from "./wire.ts";

/** A whole Chat Completions answer as the events of the stream it might have been. */
export function decodeResponse(body: JsonObject): ChatEvent[] {
  const wire: WireAnswer = body;
  const failed = (wire.error ?? undefined) !== undefined || minimaxError(body) !== undefined;
  if (failed) throw faultOf(errorEvent(readError(body)));
  const choices = Array.isArray(wire.choices) ? wire.choices : [];
  if (choices.length === 0) throw new Fault("upstream_garbage", "The provider's answer holds no choices.");
  const state = initialState();
  const out: ChatEvent[] = [];
  takeStart(state, wire, out);
  for (const [position, choice] of choices.entries()) {
    if (!isObject(choice)) throw new Fault("upstream_garbage", "A choice of the provider's answer is not an object.");
    takeChoice(state, choice, position, true, out);
    const last = out.at(-1);
    if (state.failed && last?.type === "error") throw faultOf(last);
  }
  takeUsage(wire.usage, out);
  return out;
}
