// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
/** What the provider's side of every codec must do; all there is of one that only providers are asked in. */
import { describe, expect, test } from "bun:test";
import {
  anything,
  array,
  assert,
  constantFrom,
  json,
  oneof,
  property,
  string,
  tuple,
  type Arbitrary,
} from "fast-check";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent, ChatRequest } from "#src/core/chat.ts";
import type { UpstreamCodec } from "#src/core/codec.ts";
import { Fault } from "#src/core/fault.ts";
import type { JsonObject } from "#src/core/json.ts";
import { PROTOCOLS } from "#src/core/protocol.ts";
import { createSseDecoder, type SseEvent } from "#src/core/sse.ts";
import { codecFor } from "#src/protocols/index.ts";
import { strangeChunk, strangeObject } from "#tests/support/strange-json.ts";

/** An answer as a stream, as bytes of the wire, and the same answer whole. */
export interface AnswerSample {
  readonly name: string;
  readonly sse: string;
  readonly whole?: JsonObject;
}

/** The events of a stream's bytes, taken in pieces of these sizes in turn. */
export function sseEvents(bytes: Uint8Array, sizes: readonly number[]): SseEvent[] {
  const decoder = createSseDecoder({ maxEventBytes: 1 << 20 });
  const events: SseEvent[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length);
    events.push(...decoder.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...events, ...decoder.end()];
}

/** All canonical events of a stream. */
export function decodeStream(codec: UpstreamCodec, events: readonly SseEvent[]): ChatEvent[] {
  const decoder = codec.stream.decoder();
  return [...events.flatMap((event) => decoder.step(event)), ...decoder.end()];
}

/** Without the ends of blocks, which not every protocol tells. */
function told(events: readonly ChatEvent[]): ChatEvent[] {
  return events.filter((event) => event.type !== "block-end" && event.type !== "ping");
}

/** Registers the tests of a codec that has no client's side. */
export function upstreamCodecContract(name: string, codec: UpstreamCodec, answers: readonly AnswerSample[]): void {
  describe(`${name} keeps the contract of upstream codecs`, () => {
    for (const { name: sample, sse, whole } of answers) {
      const events = decodeStream(codec, sseEvents(new TextEncoder().encode(sse), [sse.length]));
      if (whole !== undefined) {
        test(`reads the stream "${sample}" as the whole answer`, () => {
          expect(fold(events)).toEqual(fold(codec.response.decode(whole)));
        });
      }
      test.each(PROTOCOLS)(`"${sample}" can be told in %s`, (client) => {
        const target = { includeUsage: true, now: () => 1_700_000_000_000, id: () => "fresh" };
        const encoder = codecFor(client).stream.encoder(target);
        const frames = [...events.flatMap((event) => encoder.step(event)), ...encoder.end()];
        const text = frames.flatMap((frame) => ("data" in frame ? [frame.data] : [])).join("\n");
        expect(text).not.toMatch(/"error":\s*\{/);
        codecFor(client).response.encode(fold(events), target);
      });
    }
    cuts(codec, answers);
    strangeAnswers(codec);
    errorBodies(codec);
    foreignLosses(codec);
  });
}

/** However the bytes come, the events are the same, and the answer is not over before it is. */
export function cuts(codec: UpstreamCodec, answers: readonly AnswerSample[]): void {
  for (const { name, sse } of answers) {
    const bytes = new TextEncoder().encode(sse);
    const whole = decodeStream(codec, sseEvents(bytes, [bytes.length]));

    test(`the stream "${name}" gives the same events cut at every byte`, () => {
      for (let at = 1; at < bytes.length; at++) {
        const events = sseEvents(bytes, [at, bytes.length]);
        if (!Bun.deepEquals(decodeStream(codec, events), whole)) throw new Error(`cut at byte ${at}: other events`);
      }
      expect(decodeStream(codec, sseEvents(bytes, [1]))).toEqual(whole);
    });

    test(`the stream "${name}" is the same with CRLF and comments`, () => {
      const other = sse.replaceAll("\n\n", "\n\n: keep-alive\n\n").replaceAll("\n", "\r\n");
      expect(decodeStream(codec, sseEvents(new TextEncoder().encode(other), [3]))).toEqual(whole);
    });

    test(`the stream "${name}" is not complete before its finish reason`, () => {
      const events = sseEvents(bytes, [bytes.length]);
      const finish = finishAt(codec, events);
      for (let end = 0; end < finish; end++) {
        expect(decodeStream(codec, events.slice(0, end)).at(-1)).toMatchObject({ type: "error", code: "upstream_cut" });
      }
      expect(told(decodeStream(codec, events.slice(0, finish + 1))).some(({ type }) => type === "error")).toBeFalse();
    });
  }
}

/** The place of the event that finishes the last choice. */
function finishAt(codec: UpstreamCodec, events: readonly SseEvent[]): number {
  const decoder = codec.stream.decoder();
  const finishing = events.map((event) => decoder.step(event).some(({ type }) => type === "finish"));
  return finishing.lastIndexOf(true);
}

/** Whatever a provider sends becomes events or a Fault. */
export function strangeAnswers(codec: UpstreamCodec): void {
  const strange = oneof(
    strangeChunk(),
    json(),
    string(),
    constantFrom("[DONE]", "", "{}", "null", "[]", '{"choices":[null,1,"x",{}]}'),
  );

  test("a stream's decoder takes anything without throwing, and says nothing after an error", () => {
    const events = array(tuple(constantFrom("", "error", "message"), strange));
    assert(
      property(events, (list) => {
        const decoded = decodeStream(
          codec,
          list.map(([event, data]) => ({ event, data })),
        );
        const failed = decoded.findIndex(({ type }) => type === "error");
        if (failed >= 0) expect(failed).toBe(decoded.length - 1);
      }),
    );
  });

  test("a whole answer is read or refused with a Fault", () => {
    const message = tuple(strangeObject(), strangeObject()).map(([body, inner]) => ({
      ...body,
      choices: [{ ...inner, message: inner }],
      candidates: [{ ...inner, content: inner }],
      output: [inner],
    }));
    assert(
      property(oneof(strangeObject(), message as Arbitrary<JsonObject>), (body) => {
        onlyFaults(() => void codec.response.decode(body));
      }),
    );
  });
}

/** The Fault `run` throws, if any; whatever else it throws is a defect. */
export function onlyFaults(run: () => void): Fault | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

/** Any error body is read. */
export function errorBodies(codec: UpstreamCodec): void {
  test("any error body becomes a Fault with the provider's status", () => {
    const status = constantFrom(400, 401, 402, 403, 404, 413, 422, 429, 500, 502, 503, 529);
    assert(
      property(status, oneof(anything(), string(), strangeObject()), (code, body) => {
        const fault = codec.error.decode(code, new Headers({ "retry-after": "7" }), body);
        expect(fault).toBeInstanceOf(Fault);
        expect({ code: fault.code, status: fault.status, retryAfter: fault.retryAfter }).toEqual({
          code: "upstream_error",
          status: code,
          retryAfter: 7,
        });
        expect(fault.message).not.toBe("");
      }),
    );
  });

  test("a page of HTML is not passed on as a message", () => {
    const fault = codec.error.decode(502, new Headers(), "<html><body><h1>502 Bad Gateway</h1></body></html>");
    expect(fault.message).not.toContain("<");
    expect(fault.message).toContain("502");
  });
}

function foreignLosses(codec: UpstreamCodec): void {
  test("what another protocol alone can say is named as a loss at every level", () => {
    const rest = { protocol: "gemini", fields: { surprise: 1 } } as const;
    const request: ChatRequest = {
      model: "m",
      stream: false,
      rest,
      messages: [{ role: "user", rest, content: [{ type: "text", text: "hi", rest }] }],
      tools: [{ type: "function", name: "f", inputSchema: { type: "object" }, rest }],
    };
    const { losses } = codec.request.encode(request, { model: "m", dialect: {} });
    expect(losses.map(({ field }) => field).sort()).toEqual([
      "messages[0].content[0].surprise",
      "messages[0].surprise",
      "surprise",
      "tools[0].surprise",
    ]);
  });
}
