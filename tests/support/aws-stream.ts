import { EventStreamCodec } from "@smithy/eventstream-codec";
import { fromUtf8, toUtf8 } from "@smithy/util-utf8";
import type { JsonObject } from "#src/core/json.ts";

const aws = new EventStreamCodec(toUtf8, fromUtf8);

/** One event of a stream: its `:event-type`, or its `:exception-type`, and its payload. */
export type AwsEvent = readonly [name: string, payload: JsonObject];

/** An event as AWS' own library frames it. What is called an exception is one. */
export function awsMessage([name, payload]: AwsEvent): Uint8Array<ArrayBuffer> {
  const kind = name.endsWith("Exception") ? "exception" : "event";
  const message = aws.encode({
    headers: {
      [`:${kind}-type`]: { type: "string", value: name },
      ":content-type": { type: "string", value: "application/json" },
      ":message-type": { type: "string", value: kind },
    },
    body: fromUtf8(JSON.stringify(payload)),
  });
  return new Uint8Array(message);
}

/** A whole stream. */
export function awsStream(events: readonly AwsEvent[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(events.flatMap((event) => [...awsMessage(event)]));
}
