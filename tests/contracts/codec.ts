// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
/** What every codec must do, whichever protocol it speaks. Each protocol's test calls {@link codecContract} with what is its own. */
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
import type { ChatEvent, ChatRequest, ChatResponse } from "#src/core/chat.ts";
import type { Codec, RequestPath, RequestTarget, ResponseTarget } from "#src/core/codec.ts";
import { Fault, type FaultCode } from "#src/core/fault.ts";
import type { JsonObject } from "#src/core/json.ts";
import { PROTOCOLS, type Dialect } from "#src/core/protocol.ts";
import { createSseDecoder, formatSse, type SseEvent, type SseFrame } from "#src/core/sse.ts";
import { chatRequests, chatResponses, streamedAnswers, type Abilities } from "#tests/support/chat-arbitraries.ts";
import { strangeChunk, strangeObject, strangeRequest } from "#tests/support/strange-json.ts";

/** A request as a client sends it, and what it means. */
export interface RequestSample {
  readonly name: string;
  readonly wire: JsonObject;
  readonly canonical: ChatRequest;
  /** What the URL said, for protocols that put the model and the stream there. */
  readonly path?: RequestPath;
}

/** An answer as a stream, as bytes of the wire, and the same answer whole. */
export interface AnswerSample {
  readonly name: string;
  readonly sse: string;
  readonly whole?: JsonObject;
}

/** A protocol's own part of the contract. */
export interface CodecFixtures {
  readonly requests: readonly RequestSample[];
  readonly answers: readonly AnswerSample[];
  /** A dialect in which everything the protocol can say is understood. */
  readonly dialect: Dialect;
  readonly abilities: Abilities;
  /** Throws when the frames of a complete stream are not what the vendor's own clients expect. */
  readonly checkGrammar: (frames: readonly SseFrame[], target: ResponseTarget) => void;
  /** An answer as its protocol can tell it; left out: whole. */
  readonly tellable?: (response: ChatResponse) => ChatResponse;
  /** A request as it reads after it was written; left out: as it was. */
  readonly readable?: (request: ChatRequest) => ChatRequest;
}

/** Fixed answers to what encoders must ask. */
export const responseTarget: ResponseTarget = { includeUsage: true, now: () => 1_700_000_000_000, id: () => "fresh" };

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
export function decodeStream(codec: Codec, events: readonly SseEvent[]): ChatEvent[] {
  const decoder = codec.stream.decoder();
  return [...events.flatMap((event) => decoder.step(event)), ...decoder.end()];
}

/** All frames of an answer. */
export function encodeStream(codec: Codec, events: readonly ChatEvent[], target: ResponseTarget): SseFrame[] {
  const encoder = codec.stream.encoder(target);
  return [...events.flatMap((event) => encoder.step(event)), ...encoder.end()];
}

/** Frames as a client reads them. */
export function asEvents(frames: readonly SseFrame[]): SseEvent[] {
  const bytes = new TextEncoder().encode(frames.map(formatSse).join(""));
  return sseEvents(bytes, [bytes.length]);
}

/** Without the ends of blocks, which not every protocol tells. */
function told(events: readonly ChatEvent[]): ChatEvent[] {
  return events.filter((event) => event.type !== "block-end" && event.type !== "ping");
}

/** Registers the tests of a codec. */
export function codecContract(name: string, codec: Codec, fixtures: CodecFixtures): void {
  describe(`${name} keeps the codec contract`, () => {
    samples(codec, fixtures);
    roundTrips(codec, fixtures);
    cuts(codec, fixtures);
    tolerance(codec);
    errors(codec);
    losses(codec, fixtures);
  });
}

function targetOf(model: string, dialect: Dialect): RequestTarget {
  return { model, dialect };
}

/** What a written request's URL would say. */
function pathOf({ model, stream }: ChatRequest): RequestPath {
  return { model, stream };
}

function samples(codec: Codec, fixtures: CodecFixtures): void {
  const { requests, answers, dialect } = fixtures;
  for (const { name, wire, canonical, path } of requests) {
    test(`reads the request "${name}"`, () => {
      expect(codec.request.decode(wire, path)).toEqual(canonical);
    });
    test(`writes the request "${name}" so that it reads the same`, () => {
      const written = codec.request.encode(canonical, targetOf(canonical.model, dialect));
      expect(codec.request.decode(written.value, pathOf(canonical))).toEqual(readable(codec, fixtures, canonical));
    });
  }
  for (const { name, sse, whole } of answers) {
    if (whole === undefined) continue;
    test(`reads the stream "${name}" as the whole answer`, () => {
      const bytes = new TextEncoder().encode(sse);
      const streamedAnswer = fold(decodeStream(codec, sseEvents(bytes, [bytes.length])));
      expect(streamedAnswer).toEqual(fold(codec.response.decode(whole)));
    });
  }
}

/** Whoever encodes a streamed request for OpenAI asks for usage, whatever the client wanted. */
function readable(codec: Codec, { readable: own }: CodecFixtures, request: ChatRequest): ChatRequest {
  if (own !== undefined) return own(request);
  return request.stream && codec.protocol === "openai-chat" ? { ...request, includeUsage: true } : request;
}

function roundTrips(codec: Codec, fixtures: CodecFixtures): void {
  const { abilities, dialect, checkGrammar, tellable = (response: ChatResponse) => response } = fixtures;
  test("requests survive the wire", () => {
    assert(
      property(chatRequests(abilities), (request) => {
        const { value, losses: lost } = codec.request.encode(request, targetOf(request.model, dialect));
        expect(lost).toEqual([]);
        const wire = JSON.parse(JSON.stringify(value)) as JsonObject;
        expect(codec.request.decode(wire, pathOf(request))).toEqual(readable(codec, fixtures, request));
      }),
    );
  });

  test("whole answers survive the wire", () => {
    assert(
      property(chatResponses(abilities), (response) => {
        const { value, losses: lost } = codec.response.encode(response, responseTarget);
        expect(lost).toEqual([]);
        expect(fold(codec.response.decode(JSON.parse(JSON.stringify(value)) as JsonObject))).toEqual(
          tellable(response),
        );
      }),
    );
  });

  test("streams survive the wire, in the protocol's grammar", () => {
    assert(
      property(streamedAnswers(abilities), ({ response, events }) => {
        expect(fold(events)).toEqual(response);
        const frames = encodeStream(codec, events, responseTarget);
        checkGrammar(frames, responseTarget);
        expect(fold(decodeStream(codec, asEvents(frames)))).toEqual(tellable(response));
      }),
    );
  });

  test("a stream without usage asked for, or with another model's name, keeps the grammar", () => {
    assert(
      property(streamedAnswers(abilities), ({ events }) => {
        const target = { ...responseTarget, includeUsage: false, model: "renamed" };
        const frames = encodeStream(codec, events, target);
        checkGrammar(frames, target);
        expect(fold(decodeStream(codec, asEvents(frames))).model).toBe("renamed");
      }),
      { numRuns: 30 },
    );
  });
}

function cuts(codec: Codec, { answers }: CodecFixtures): void {
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
function finishAt(codec: Codec, events: readonly SseEvent[]): number {
  const decoder = codec.stream.decoder();
  const finishing = events.map((event) => decoder.step(event).some(({ type }) => type === "finish"));
  return finishing.lastIndexOf(true);
}

function tolerance(codec: Codec): void {
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

  test("a request is read or refused as the client's mistake", () => {
    assert(
      property(oneof(strangeObject(), strangeRequest()), (body) => {
        const fault = onlyFaults(() => void codec.request.decode(body, { model: "m", stream: false }));
        if (fault !== undefined) expect(fault.code).toBe("invalid_request");
      }),
    );
  });
}

function onlyFaults(run: () => void): Fault | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

function errors(codec: Codec): void {
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
        expect(JSON.stringify(codec.error.encode(fault, "req_1"))).toContain(
          JSON.stringify(fault.message).slice(1, -1),
        );
      }),
    );
  });

  test("a page of HTML is not passed on as a message", () => {
    const fault = codec.error.decode(502, new Headers(), "<html><body><h1>502 Bad Gateway</h1></body></html>");
    expect(fault.message).not.toContain("<");
    expect(fault.message).toContain("502");
  });

  test("an open stream that fails ends with an error its own decoder reads", () => {
    const codes: readonly FaultCode[] = ["upstream_cut", "idle_timeout", "internal", "upstream_error", "rate_limited"];
    for (const code of codes) {
      const frames = codec.error.frames(new Fault(code, "It broke."), "req_1");
      expect(decodeStream(codec, asEvents(frames))).toMatchObject([
        { type: "error", message: expect.stringContaining("It broke.") },
      ]);
    }
  });

  test("an encoder says nothing after an error", () => {
    const encoder = codec.stream.encoder(responseTarget);
    encoder.step({ type: "start", id: "a", model: "m" });
    encoder.step({ type: "text", block: 0, text: "half" });
    const frames = encoder.step({ type: "error", code: "upstream_cut", message: "It broke." });
    const last = decodeStream(codec, asEvents(frames)).at(-1);
    expect(last).toMatchObject({ type: "error", message: expect.stringContaining("It broke.") });
    expect(encoder.step({ type: "text", block: 0, text: "more" })).toEqual([]);
    expect(encoder.end()).toEqual([]);
  });
}

function losses(codec: Codec, { dialect }: CodecFixtures): void {
  const foreign = PROTOCOLS.find((protocol) => protocol !== codec.protocol) ?? "gemini";
  const rest = { protocol: foreign, fields: { surprise: 1 } };
  const request: ChatRequest = {
    model: "m",
    stream: false,
    maxOutputTokens: 10,
    rest,
    messages: [{ role: "user", rest, content: [{ type: "text", text: "hi", rest }] }],
    tools: [{ type: "function", name: "f", inputSchema: { type: "object" }, rest }],
  };

  test("what another protocol alone can say is named as a loss at every level", () => {
    const { losses: lost } = codec.request.encode(request, targetOf("m", dialect));
    const fields = lost.map((loss) => loss.field);
    expect(fields).toEqual(
      expect.arrayContaining([
        "surprise",
        "messages[0].surprise",
        "messages[0].content[0].surprise",
        "tools[0].surprise",
      ]),
    );
    expect(lost.every((loss) => loss.kind === "dropped")).toBeTrue();
  });

  test("its own unknown fields are written back at every level", () => {
    const own = JSON.parse(JSON.stringify(request).replaceAll(`"${foreign}"`, `"${codec.protocol}"`)) as ChatRequest;
    const { value, losses: lost } = codec.request.encode(own, targetOf("m", dialect));
    expect(lost).toEqual([]);
    expect(codec.request.decode(value, pathOf(own))).toEqual(own);
  });

  test("a stream's encoder names what it dropped", () => {
    const encoder = codec.stream.encoder(responseTarget);
    encoder.step({ type: "start", id: "a", model: "m" });
    encoder.step({ type: "native", block: 0, protocol: foreign, value: { type: "surprise" } });
    encoder.step({ type: "finish", reason: { unified: "stop", raw: "stop" } });
    encoder.end();
    expect(encoder.losses).toHaveLength(1);
    expect(encoder.losses[0]?.kind).toBe("dropped");
  });
}
