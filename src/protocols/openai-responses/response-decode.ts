import type { ChatEvent } from "../../core/chat.ts";
import { faultOf } from "../../core/error-event.ts";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import { newAnswer, takeEnd } from "./answer-decode.ts";
import { errorIn } from "./error.ts";

/** A whole answer as the events of the stream it might have been. */
export function decodeResponse(body: JsonObject): ChatEvent[] {
  if ((body.error !== undefined && body.error !== null) || body.status === "failed") throw faultOf(errorIn(body));
  if (!Array.isArray(body.output)) throw new Fault("upstream_garbage", "The provider's answer holds no output.");
  const out: ChatEvent[] = [];
  takeEnd(newAnswer(), body, body.status, out);
  return out;
}
