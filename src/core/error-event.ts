import type { ErrorEvent } from "./chat.ts";
import { Fault } from "./fault.ts";

/** The Fault an `error` event tells of. */
export function faultOf({ code, message, status, upstream }: ErrorEvent): Fault {
  return new Fault(code, message, {
    ...(status === undefined ? {} : { status }),
    ...(upstream === undefined ? {} : { upstream }),
  });
}

/** A Fault as the event that ends a stream. */
export function errorEvent({ code, message, status, upstream }: Fault): ErrorEvent {
  return { type: "error", code, message, status, ...(upstream === undefined ? {} : { upstream }) };
}
