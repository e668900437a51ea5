// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
/** What every codec must do, whichever protocol it speaks. Each protocol's test calls {@link codecContract} with what is its own. */
import { describe, expect, test } from "bun:test";
import { anything, assert, oneof, property, string } from "fast-check";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent, ChatRequest, ChatResponse } from "#src/core/chat.ts";
import type { Codec, RequestPath, RequestTarget, ResponseTarget } from "#src/core/codec.ts";
import { Fault, type FaultCode } from "#src/core/fault.ts";
import type { JsonObject } from "#src/core/json.ts";
import { PROTOCOLS, type Dialect } from "#src/core/protocol.ts";
import { formatSse, type SseEvent, type SseFrame } from "#src/core/sse.ts";
import { chatRequests, chatResponses, streamedAnswers, type Abilities } from "#tests/support/chat-arbitraries.ts";
import { strangeObject, strangeRequest } from "#tests/support/strange-json.ts";
import {
  type AnswerSample,
  cuts,
  decodeStream,
  errorBodies,
  onlyFaults,
  sseEvents,
  strangeAnswers,
} from "./upstream-codec.ts";

export { type AnswerSample, decodeStream, sseEvents } from "./upstream-codec.ts";

/** A request as a client sends it, and what it means. */
export interface RequestSample {
  readonly name: string;
  readonly wire: JsonObject;
  readonly canonical: ChatRequest;
  /** What the URL said, for protocols that put the model and the stream there. */
  readonly path?: RequestPath;
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

/** Registers the tests of a codec. */
export function codecContract(name: string, codec: Codec, fixtures: CodecFixtures): void {
  describe(`${name} keeps the codec contract`, () => {
    samples(codec, fixtures);
    roundTrips(codec, fixtures);
    cuts(codec, fixtures.answers);
    strangeAnswers(codec);
    tolerance(codec);
    errorBodies(codec);
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

function tolerance(codec: Codec): void {
  test("a request is read or refused as the client's mistake", () => {
    assert(
      property(oneof(strangeObject(), strangeRequest()), (body) => {
        const fault = onlyFaults(() => void codec.request.decode(body, { model: "m", stream: false }));
        if (fault !== undefined) expect(fault.code).toBe("invalid_request");
      }),
    );
  });
}

function errors(codec: Codec): void {
  test("a provider's message is told", () => {
    assert(
      property(oneof(anything(), string(), strangeObject()), (body) => {
        const fault = codec.error.decode(503, new Headers(), body);
        expect(JSON.stringify(codec.error.encode(fault, "req_1"))).toContain(
          JSON.stringify(fault.message).slice(1, -1),
        );
      }),
    );
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
