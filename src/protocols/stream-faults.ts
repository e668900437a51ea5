import type { ChatEvent } from "../core/chat.ts";
import { errorEvent } from "../core/error-event.ts";
import { Fault } from "../core/fault.ts";

/** A provider's stream was closed too early; `missing` is what the protocol calls what tells that an answer is complete. */
export function cutShort(missing: "finish reason" | "stop reason" = "finish reason"): Fault {
  return new Fault("upstream_cut", `The provider's answer ended before its ${missing}.`);
}

/** An event of a provider's is not what events of its protocol are. */
export function noObject(): Fault {
  return new Fault("upstream_garbage", "The provider sent an event that is not a JSON object.");
}

/** Ends the decoding of an answer with a fault: nothing that comes behind it counts. */
export function failWith(answer: { failed: boolean }, fault: Fault, out: ChatEvent[]): void {
  answer.failed = true;
  out.push(errorEvent(fault));
}
