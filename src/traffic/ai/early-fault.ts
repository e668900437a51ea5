import { faultOf } from "../../core/error-event.ts";
import type { Fault } from "../../core/fault.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import { createEventDecoder } from "../../core/event-decoder.ts";
import { upstreamCodecFor } from "../../protocols/index.ts";

const MAX_FIRST = 1024 * 1024;

/** What an event must hold somewhere to be an error's, in any protocol; the full decoding is for these alone. */
const MAY_FAIL = /"error"|^event: ?error|xception|:error-code/m;

/** The error a stream opens with, in its first bytes: nothing has reached the client yet, so another upstream may still be asked. */
export function earlyFault(first: Uint8Array, protocol: ProtocolName): Fault | undefined {
  if (!MAY_FAIL.test(new TextDecoder().decode(first))) return undefined;
  const { stream } = upstreamCodecFor(protocol);
  const decoder = stream.decoder();
  for (const event of createEventDecoder(stream.framing, { maxEventBytes: MAX_FIRST }).push(first)) {
    for (const decoded of decoder.step(event)) {
      if (decoded.type === "error") return faultOf(decoded);
      if (decoded.type !== "start" && decoded.type !== "ping") return undefined;
    }
  }
  return undefined;
}
