import { describe, expect, test } from "bun:test";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { fromUtf8, toUtf8 } from "@smithy/util-utf8";
import { array, assert, nat, property, record, string, uint8Array } from "fast-check";
import { createAwsEventDecoder, formatAwsMessage } from "#src/core/aws-event-stream.ts";
import { createEventDecoder } from "#src/core/event-decoder.ts";
import { Fault } from "#src/core/fault.ts";
import type { SseEvent } from "#src/core/sse.ts";

const aws = new EventStreamCodec(toUtf8, fromUtf8);
const LIMIT = { maxEventBytes: 1e6 };

function decodeAll(chunks: readonly Uint8Array[]): SseEvent[] {
  const decoder = createAwsEventDecoder(LIMIT);
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

/** An event as AWS' own library writes it. */
function written(type: string, name: string, payload: string): Uint8Array {
  return aws.encode({
    headers: {
      ":event-type": { type: "string", value: name },
      ":content-type": { type: "string", value: "application/json" },
      ":message-type": { type: "string", value: type },
    },
    body: fromUtf8(payload),
  });
}

function joined(messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((message) => [...message]));
}

/** AWS' test vectors, as in `@smithy/eventstream-codec`'s TestVectors.fixture. */
const GOOD: readonly (readonly [name: string, hex: string, data: string])[] = [
  ["empty_message", "000000100000000005c248eb7d98c8ff", ""],
  [
    "int32_header",
    "0000002b0000000e348bec7b086576656e742d6964040000a00c7b27666f6f273a27626172277dd3890285",
    "{'foo':'bar'}",
  ],
  ["payload_no_headers", "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936", "{'foo':'bar'}"],
  [
    "payload_one_str_header",
    "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1",
    "{'foo':'bar'}",
  ],
];
const BAD: readonly (readonly [name: string, hex: string])[] = [
  [
    "corrupted_headers",
    "0000003d0000002007fd83960c636f6e74656e742b747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1",
  ],
  [
    "corrupted_header_len",
    "0000003d0000012007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1",
  ],
  ["corrupted_length", "0100001d00000000fd528c5a7b27666f6f273a27626172277dc3653936"],
  ["corrupted_payload", "0000001d00000000fd528c5a7b27666f6f273a276261728dc3653936"],
];

describe("AWS' test vectors", () => {
  test.each(GOOD)("%s is read", (_name, hex, data) => {
    expect(decodeAll([Uint8Array.fromHex(hex)])).toEqual([{ event: "", data }]);
  });

  test.each(BAD)("%s is refused", (_name, hex) => {
    // One vector is a byte shorter than its length says: more bytes must not make it pass.
    expect(() => decodeAll([Uint8Array.fromHex(hex), new Uint8Array(8)])).toThrow(Fault);
  });
});

describe("the event stream of AWS", () => {
  const stream = joined([
    written("event", "messageStart", '{"role":"assistant"}'),
    written("event", "contentBlockDelta", '{"delta":{"text":"é😀"}}'),
    written("event", "empty", ""),
    written("event", "messageStop", '{"stopReason":"end_turn"}'),
  ]);
  const events = [
    { event: "messageStart", data: '{"role":"assistant"}' },
    { event: "contentBlockDelta", data: '{"delta":{"text":"é😀"}}' },
    { event: "empty", data: "" },
    { event: "messageStop", data: '{"stopReason":"end_turn"}' },
  ];

  test("is read as AWS' library writes it, cut at every byte", () => {
    expect(decodeAll([stream])).toEqual(events);
    for (let at = 0; at <= stream.length; at++) {
      const cut = decodeAll([stream.subarray(0, at), stream.subarray(at)]);
      if (!Bun.deepEquals(cut, events)) throw new Error(`cut at byte ${at}: other events`);
    }
    expect(decodeAll(Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(events);
  });

  test("any events in any pieces come out whole", () => {
    const messages = array(record({ event: string(), data: string({ unit: "grapheme" }) }), { maxLength: 5 });
    assert(
      property(messages, array(nat(64), { minLength: 1, maxLength: 20 }), (list, sizes) => {
        const bytes = joined(list.map(({ event, data }) => written("event", event, data)));
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]! + 1;
          chunks.push(bytes.slice(at, at + size));
          at += size;
        }
        expect(decodeAll(chunks)).toEqual(list);
      }),
    );
  });

  test("a chunk that is used again does not change what is held of it", () => {
    const decoder = createAwsEventDecoder(LIMIT);
    const chunk = stream.slice(0, 40);
    expect(decoder.push(chunk)).toEqual([]);
    chunk.fill(0);
    expect(decoder.push(stream.subarray(40))).toEqual(events);
  });

  test("exceptions and errors come under names of their own", () => {
    const exception = aws.encode({
      headers: {
        ":exception-type": { type: "string", value: "throttlingException" },
        ":message-type": { type: "string", value: "exception" },
      },
      body: fromUtf8('{"message":"Slow down."}'),
    });
    const error = aws.encode({
      headers: {
        ":error-code": { type: "string", value: "InternalFailure" },
        ":error-message": { type: "string", value: "It broke." },
        ":message-type": { type: "string", value: "error" },
      },
      body: new Uint8Array(),
    });
    expect(decodeAll([exception, error])).toEqual([
      { event: "throttlingException", data: '{"message":"Slow down."}' },
      { event: "error", data: '{"code":"InternalFailure","message":"It broke."}' },
    ]);
  });

  test("headers of every type are passed over", () => {
    const message = aws.encode({
      headers: {
        yes: { type: "boolean", value: true },
        no: { type: "boolean", value: false },
        byte: { type: "byte", value: 1 },
        short: { type: "short", value: 2 },
        integer: { type: "integer", value: 3 },
        binary: { type: "binary", value: Uint8Array.of(1, 2, 3) },
        time: { type: "timestamp", value: new Date(0) },
        uuid: { type: "uuid", value: "01234567-89ab-cdef-0123-456789abcdef" },
        ":event-type": { type: "string", value: "last" },
      },
      body: fromUtf8("x"),
    });
    expect(decodeAll([message])).toEqual([{ event: "last", data: "x" }]);
  });

  test("a flipped bit is noticed wherever it is", () => {
    const message = written("event", "contentBlockDelta", '{"delta":{"text":"Hi"}}');
    for (let at = 4; at < message.length; at++) {
      const broken = message.slice();
      broken[at]! ^= 1;
      expect(() => decodeAll([broken])).toThrow(Fault);
    }
  });

  test("a message over the limit is refused by its prelude", () => {
    const decoder = createAwsEventDecoder({ maxEventBytes: 64 });
    expect(() => decoder.push(written("event", "big", "x".repeat(100)).subarray(0, 12))).toThrow(/more than 64 bytes/);
  });

  test("whatever comes is read or refused as the provider's fault", () => {
    assert(
      property(array(uint8Array({ maxLength: 40 })), (chunks) => {
        try {
          decodeAll(chunks);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: "upstream_garbage" });
        }
      }),
    );
  });

  test("what is written is what AWS' library reads", () => {
    const headers = { ":message-type": "exception", ":exception-type": "internalServerException" };
    const { headers: read, body } = aws.decode(formatAwsMessage(headers, '{"message":"é"}'));
    expect(read[":exception-type"]).toEqual({ type: "string", value: "internalServerException" });
    expect(toUtf8(body)).toBe('{"message":"é"}');
  });

  test("is chosen by the framing", () => {
    expect(createEventDecoder("aws-event-stream", LIMIT).push(stream)).toEqual(events);
    expect(createEventDecoder(undefined, LIMIT).push(new TextEncoder().encode("data: x\n\n"))).toEqual([
      { event: "", data: "x" },
    ]);
  });
});
