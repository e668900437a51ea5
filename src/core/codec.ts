import type { HeaderView } from "./header-list.ts";
import type { ChatEvent, ChatRequest, ChatResponse, FinishReason, Usage } from "./chat.ts";
import type { Fault } from "./fault.ts";
import type { JsonObject } from "./json.ts";
import type { ClientProtocol, Dialect, Encoded, Loss, ProtocolName } from "./protocol.ts";
import type { SseEvent, SseFrame } from "./sse.ts";

/** What an encoder of requests must know beyond the request. */
export interface RequestTarget {
  /** The model's name as the provider knows it. */
  readonly model: string;
  readonly dialect: Dialect;
  /** The model's own output limit: the value for protocols that require one when the client gave none. */
  readonly maxOutputTokens?: number;
}

/** What an encoder of responses must know beyond the response. */
export interface ResponseTarget {
  /** The request that is answered, for formats whose answers repeat parts of it (OpenAI's Responses). */
  readonly request?: ChatRequest;
  /** The answer gets an id of its own in place of the upstream's, one that its items' ids lead to (OpenAI's Responses). */
  readonly ownId?: boolean;
  /** Replaces the model's name that answered, when the route is configured so. */
  readonly model?: string;
  /** The client asked for a usage chunk at the stream's end (OpenAI's `stream_options.include_usage`). */
  readonly includeUsage: boolean;
  /** Unix time in milliseconds, for formats with a creation time when the upstream gave none. */
  readonly now: () => number;
  /** A fresh identifier without a prefix, for formats that need an id the upstream did not give. */
  readonly id: () => string;
}

/**
 * A stream converter: all it remembers is in `state`, which it may mutate. `step` is total: it never throws on any input, a malformed
 * one becomes an `error` event. `end` is called once when the input is exhausted, however it ended.
 */
export interface Reducer<State, Input, Output> {
  init(): State;
  step(state: State, input: Input): Output[];
  end(state: State): Output[];
}

/** A {@link Reducer} with its state hidden, as the pipeline drives it. */
export interface Stepper<Input, Output> {
  step(input: Input): Output[];
  end(): Output[];
}

/** Binds a reducer to a fresh state. */
export function start<State, Input, Output>(reducer: Reducer<State, Input, Output>): Stepper<Input, Output> {
  const state = reducer.init();
  return {
    step: (input) => reducer.step(state, input),
    end: () => reducer.end(state),
  };
}

/** What a request's URL says beside its body; only Gemini's protocol puts anything there. */
export interface RequestPath {
  readonly model: string;
  readonly stream: boolean;
}

/** How a protocol's streams are cut into events: server-sent events, or AWS' binary `application/vnd.amazon.eventstream`. */
export type Framing = "sse" | "aws-event-stream";

/**
 * The provider's side of a wire protocol: writes requests, reads answers. Every function is pure; decoders accept what vendors really
 * send and throw only {@link Fault} (`upstream_garbage`), encoders never throw.
 */
export interface UpstreamCodec {
  readonly protocol: ProtocolName;
  readonly request: {
    encode(request: ChatRequest, target: RequestTarget): Encoded<JsonObject>;
  };
  readonly response: {
    /** A whole answer as the events of the stream it might have been; `fold` in core/chat-fold.ts turns them into a ChatResponse. */
    decode(body: JsonObject): ChatEvent[];
  };
  readonly stream: {
    /** How the provider's streams are framed; `sse` when left out. Other framings come to the decoder as SSE events all the same. */
    readonly framing?: Framing;
    /** SSE events of a provider to canonical events. `end` yields an `error` event when the stream stopped before its finish reason. */
    decoder(): Stepper<SseEvent, ChatEvent>;
  };
  readonly error: {
    /** A provider's error answer. `body` is the parsed JSON, or the text when it is none. */
    decode(status: number, headers: HeaderView, body: unknown): Fault;
  };
  /** How a provider is asked for the tokens of a request; left out where the protocol has no such thing. */
  readonly countTokens?: TokenCounting;
  /** What is read of answers that go through untouched; only for protocols clients speak. */
  readonly tap?: TapTraits;
}

/** Requests for the tokens of a request, and their answers. */
export interface TokenCounting {
  encode(request: ChatRequest, target: RequestTarget): JsonObject;
  /** The count; undefined for what is none. */
  decode(body: JsonObject): number | undefined;
}

/** What a tap must know of a protocol to read answers on their way, without converting them. */
export interface TapTraits {
  /** The facts of a whole answer; what is not there, or not what the protocol says, is left out. */
  readFacts(body: JsonObject, facts: AnswerFacts): void;
  /** The facts of a stream's telling events. */
  factsReader(): FactsReader;
  /** Finds, in an event's data, whether it tells something of the answer as a whole; all others pass unread. */
  readonly telling: RegExp;
  /** Finds, in an event's data, that it carries a part of the answer; any other is the provider's own word, an error's most likely. */
  readonly carrying: RegExp;
  /** What is put at the end of a stream that ends without its terminator; empty for protocols without one. */
  readonly terminator: string;
  isTerminator(event: SseEvent): boolean;
  /** The event holds usage and nothing else. */
  isUsageOnly(body: JsonObject): boolean;
  /** The same data with another model name, or undefined when it names none. */
  withModel(data: string, body: JsonObject, model: string): string | undefined;
}

/** Gathers a stream's facts. */
export interface FactsReader {
  /** `body` is a telling event's data. `finish` is called for each answer that is complete, with its index. */
  read(body: JsonObject, facts: AnswerFacts, finish: (reason: FinishReason, index?: number) => void): void;
}

/** What can be read of an answer without converting it. */
export interface AnswerFacts {
  model?: string;
  usage?: Usage;
  finish?: FinishReason;
  /** The provider's own word that the answer failed. */
  fault?: Fault;
}

/**
 * Translates one wire protocol to the canonical form and back. Every function is pure; decoders accept what vendors really send, throw
 * only {@link Fault} (`invalid_request` for a client's request, `upstream_garbage` for a provider's answer), encoders never throw.
 */
export interface Codec extends UpstreamCodec {
  readonly protocol: ClientProtocol;
  readonly request: UpstreamCodec["request"] & {
    /** `body` is the parsed request, `path` what its URL said. Throws a Fault that names the offending field by its wire path. */
    decode(body: JsonObject, path?: RequestPath): ChatRequest;
  };
  readonly response: UpstreamCodec["response"] & {
    encode(response: ChatResponse, target: ResponseTarget): Encoded<JsonObject>;
  };
  readonly stream: UpstreamCodec["stream"] & {
    /**
     * Canonical events to SSE frames of this protocol, its terminator included: written by `end`. After an `error` event nothing but the
     * protocol's error frame follows. `losses` grows while the stream runs; it goes to the access log.
     */
    encoder(target: ResponseTarget): Stepper<ChatEvent, SseFrame> & { readonly losses: readonly Loss[] };
  };
  readonly error: UpstreamCodec["error"] & {
    /** The body of an error answer, without the status; `requestId` is the `x-request-id` the client is given. */
    encode(fault: Fault, requestId: string): JsonObject;
    /** The frames that end an open stream with an error. */
    frames(fault: Fault, requestId: string): SseFrame[];
  };
  readonly tap: TapTraits;
}
