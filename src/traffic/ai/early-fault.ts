import { faultOf } from "../../core/error-event.ts";
import type { Fault } from "../../core/fault.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import { createSseDecoder } from "../../core/sse.ts";
import { upstreamCodecFor } from "../../protocols/index.ts";

const MAX_FIRST = 1024 * 1024;

/** The error a stream opens with, in its first bytes: nothing has reached the client yet, so another upstream may still be asked. */
export function earlyFault(first: Uint8Array, protocol: ProtocolName): Fault | undefined {
  // Every protocol's error events hold this word; the full decoding is for them alone.
  if (!new TextDecoder().decode(first).includes('"error"')) return undefined;
  const decoder = upstreamCodecFor(protocol).stream.decoder();
  for (const event of createSseDecoder({ maxEventBytes: MAX_FIRST }).push(first)) {
    for (const decoded of decoder.step(event)) {
      if (decoded.type === "error") return faultOf(decoded);
      if (decoded.type !== "start" && decoded.type !== "ping") return undefined;
    }
  }
  return undefined;
}
