import { createAwsEventDecoder } from "./aws-event-stream.ts";
import type { Framing } from "./codec.ts";
import { createSseDecoder, type SseDecoder, type SseDecoderOptions } from "./sse.ts";

/** A decoder of streams of one framing, at the beginning of one. */
export function createEventDecoder(framing: Framing = "sse", options: SseDecoderOptions): SseDecoder {
  return framing === "sse" ? createSseDecoder(options) : createAwsEventDecoder(options);
}
