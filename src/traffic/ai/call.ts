import type { AnswerBody } from "../../core/answer-body.ts";
import type { ChatEvent, ChatResponse } from "../../core/chat.ts";
import { fold } from "../../core/chat-fold.ts";
import type { Clock } from "../../core/clock.ts";
import type { Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import { HeaderList, type HeaderSink, type HeaderView } from "../../core/header-list.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import type { Credential, UpstreamCall } from "../../core/provider.ts";
import { createEventDecoder } from "../../core/event-decoder.ts";
import { ConnectTimeout, type Transport, type UpstreamAnswer } from "../../core/upstream.ts";
import { upstreamCodecFor } from "../../protocols/index.ts";
import { parseObject } from "../../protocols/json-splice.ts";
import { lastEvents } from "../../protocols/answer-tap.ts";
import type { DeadlineWatch, Watched } from "../deadline-watch.ts";
import { answerOf } from "../fetch-transport.ts";
import { AttemptSignal } from "./attempt-signal.ts";
import { editedEvents } from "./chat-edits.ts";
import { type Outgoing, relays } from "./outgoing.ts";
import { earlyFault } from "./early-fault.ts";
import { redact } from "./redact.ts";
import type { Reach } from "./reach.ts";
import type { Target } from "./target.ts";
import {
  framingOf,
  garbage,
  MAX_ERROR,
  MAX_WHOLE,
  networkFault,
  timeout,
  wholeOf,
  UNCOMPRESSED,
} from "./upstream-body.ts";

/** What calls need of the world. */
export interface CallDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The host's fastest way to providers; chat goes by it. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly reach: Reach;
  readonly deadlines: DeadlineWatch;
}

/** A provider's good answer, its headers and first bytes there: a stream under way, or a whole body. */
export type Answer = {
  readonly headers: HeaderView;
  readonly outgoing: Outgoing;
  readonly target: Target;
  readonly credential: Credential | undefined;
  readonly attempt: AttemptSignal;
} & (
  | {
      readonly kind: "stream";
      readonly body: AnswerBody;
      readonly first: Uint8Array;
    }
  /** The client's own protocol, to be left as it is. */
  | { readonly kind: "untouched"; readonly text: string; readonly size: number; readonly body: JsonObject }
  | { readonly kind: "decoded"; readonly events: readonly ChatEvent[]; readonly response: ChatResponse }
);

/** One attempt at one upstream with one credential. */
export interface CallInput {
  readonly exchange: Exchange;
  readonly target: Target;
  readonly outgoing: Outgoing;
  readonly stream: boolean;
  readonly credential: Credential | undefined;
}

/** Asks the provider once. Throws a Fault when it has no good answer; nothing has reached the client then. */
export async function call(deps: CallDeps, input: CallInput): Promise<Answer> {
  const { exchange, target } = input;
  const { timeouts } = target;
  const attempt = new AttemptSignal(exchange.signal, deps.deadlines);
  const name = target.provider.id;
  const elapsed = deps.clock.monotonic() - exchange.record.startedAt;
  if (timeouts.total > 0)
    attempt.limit(Math.max(1, timeouts.total - elapsed), () => timeout("total_timeout", name, timeouts.total));
  const firstByte = attempt.limit(timeouts.firstByte, () => timeout("first_byte_timeout", name, timeouts.firstByte));
  try {
    return await ask(deps, input, attempt, firstByte);
  } catch (thrown) {
    const late = thrown instanceof ConnectTimeout ? timeout("connect_timeout", name, timeouts.connect) : undefined;
    const fault = attempt.fault ?? late ?? networkFault(thrown, name);
    attempt.abort(fault);
    throw fault;
  }
}

/** `begun` is called when the answer has begun: with the first bytes of a stream, with the headers of a whole body. */
async function ask(deps: CallDeps, input: CallInput, attempt: AttemptSignal, begun: () => void): Promise<Answer> {
  const { target, outgoing, stream } = input;
  const { provider } = target;
  const answer = await send(deps, input, attempt);
  const { status, headers, body } = answer;
  const record = input.exchange.record.attempts.at(-1);
  if (record !== undefined) record.status = status;
  if (status < 200 || status > 299) throw await errorOf(answer, input);
  const base = { headers, outgoing, target, attempt, credential: input.credential };
  if (framingOf(headers) !== undefined) {
    const first = await firstChunk(body, input);
    begun();
    if (stream) return { ...base, kind: "stream", body, first };
    return { ...base, kind: "decoded", ...(await collected(body, first, input, idleOf(deps, input, attempt))) };
  }
  begun();
  const { text, size } = await wholeOf(body, MAX_WHOLE, provider.id, idleOf(deps, input, attempt));
  const json = parseObject(text);
  if (json === undefined) throw garbage(provider.id, "something that is no JSON object");
  if (relays(outgoing, target) && !stream && isAnswer(outgoing.protocol, json)) {
    return { ...base, kind: "untouched", text, size, body: json };
  }
  const events = editedEvents(upstreamCodecFor(outgoing.protocol).response.decode(json), target.edits);
  return { ...base, kind: "decoded", events, response: fold(events) };
}

/** Some vendors tell an error with status 200. What such a body says is the decoder's affair, which throws for it. */
function isAnswer(protocol: ProtocolName, { choices }: JsonObject): boolean {
  return protocol !== "openai-chat" || Array.isArray(choices);
}

/** Limits the waits within an answer. */
function idleOf(deps: CallDeps, { target }: CallInput, attempt: AttemptSignal): Watched {
  const { provider, timeouts } = target;
  return deps.deadlines.watch(timeouts.idle, () => attempt.abort(timeout("idle_timeout", provider.id, timeouts.idle)));
}

/** A stream that nobody asked for, as the whole it stands for. */
async function collected(
  body: AnswerBody,
  first: Uint8Array,
  { outgoing, target }: CallInput,
  idle: Watched,
): Promise<{ events: readonly ChatEvent[]; response: ChatResponse }> {
  const { stream } = upstreamCodecFor(outgoing.protocol);
  const frames = createEventDecoder(stream.framing, { maxEventBytes: MAX_WHOLE });
  const decoder = stream.decoder();
  const events: ChatEvent[] = [];
  let size = 0;
  try {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = await body.read()) {
      size += chunk.byteLength;
      if (size > MAX_WHOLE) throw garbage(target.provider.id, `more than ${MAX_WHOLE} bytes`);
      for (const event of frames.push(chunk)) events.push(...decoder.step(event));
      idle.wait();
    }
  } finally {
    idle.close();
  }
  for (const event of lastEvents(frames)) events.push(...decoder.step(event));
  events.push(...decoder.end());
  const edited = editedEvents(events, target.edits);
  return { events: edited, response: fold(edited) };
}

async function send(deps: CallDeps, input: CallInput, attempt: AttemptSignal): Promise<UpstreamAnswer> {
  const { exchange, target, outgoing, stream, credential } = input;
  const { provider, timeouts } = target;
  const api: UpstreamCall = { api: "chat", protocol: outgoing.protocol, model: outgoing.model, stream };
  const url = provider.url(api);
  if (url === undefined) {
    throw new Fault("api_not_supported", `The provider '${provider.id}' (${provider.type}) has no chat API.`);
  }
  const headers = upstreamHeaders(exchange.request.headers, input);
  // Awaited only when there is something to wait for: a turn of the event loop is not free.
  const signing = provider.authorize(headers, credential, api);
  if (signing !== undefined) await signing;
  const { body } = outgoing;
  if (provider.sign !== undefined) await provider.sign({ method: "POST", url, headers, body }, credential);
  if (provider.send !== undefined) {
    const { signal } = attempt;
    return answerOf(
      await provider.send(new Request(url, { method: "POST", headers: headers.toHeaders(), body, signal })),
    );
  }
  return deps.transport.send({ method: "POST", url, headers, body, connectLimit: timeouts.connect }, attempt);
}

/** Built anew rather than copied: a client's own key and cookies never go upstream. */
function upstreamHeaders(client: Headers, { outgoing, stream, target }: CallInput): HeaderList {
  const headers = new HeaderList();
  headers.append("content-type", "application/json");
  headers.append("accept", stream ? "text/event-stream" : "application/json");
  headers.append("accept-encoding", UNCOMPRESSED);
  copyHeaders(client, headers, TRACE);
  if (outgoing.native) copyHeaders(client, headers, target.provider.forwardHeaders(outgoing.protocol));
  return headers;
}

const TRACE = ["traceparent", "tracestate", "user-agent"];

/** Sets on `to` those of the named headers that `from` has. */
export function copyHeaders(from: HeaderView, to: HeaderSink, names: readonly string[]): void {
  for (const name of names) {
    const value = from.get(name);
    if (value !== null) to.set(name, value);
  }
}

async function errorOf(answer: UpstreamAnswer, { target, outgoing, credential }: CallInput): Promise<Fault> {
  const { status, body } = answer;
  const { provider } = target;
  const { text } = await wholeOf(body, MAX_ERROR, provider.id).catch(() => ({ text: "" }));
  if (status < 400) return garbage(provider.id, `a ${status} redirect`);
  const headers = new Headers();
  answer.headers.forEach((value, name) => headers.append(name, value));
  const fault = upstreamCodecFor(outgoing.protocol).error.decode(status, headers, parsedOr(text));
  return redact(fault, credential);
}

/** Some vendors' errors are JSON that is no object. */
function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Waits for the first bytes; a stream whose first event is an error, or that ends at once, is no good answer. */
async function firstChunk(body: AnswerBody, input: CallInput): Promise<Uint8Array> {
  const value = await body.read();
  if (value === undefined)
    throw new Fault(
      "upstream_cut",
      `The provider '${input.target.provider.id}' closed its stream before the first event.`,
    );
  const early = earlyFault(value, input.outgoing.protocol);
  if (early !== undefined) throw redact(early, input.credential);
  return value;
}
