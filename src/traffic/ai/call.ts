import type { AnswerBody } from "../../core/answer-body.ts";
import type { ChatEvent, ChatResponse } from "../../core/chat.ts";
import { fold } from "../../core/chat-fold.ts";
import type { OpenClientStream } from "../../core/client-stream.ts";
import type { Clock } from "../../core/clock.ts";
import type { Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import { HeaderList, type HeaderSink, type HeaderView } from "../../core/header-list.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import type { Credential, UpstreamCall } from "../../core/provider.ts";
import { createEventDecoder } from "../../core/event-decoder.ts";
import { ConnectTimeout, type Transport, type UpstreamAnswer, type UpstreamRequest } from "../../core/upstream.ts";
import { upstreamCodecFor } from "../../protocols/index.ts";
import { parseObject } from "../../core/json-splice.ts";
import { lastEvents } from "../../protocols/answer-tap.ts";
import type { DeadlineWatch, Watched } from "../deadline-watch.ts";
import { answerOf } from "../fetch-transport.ts";
import { requireShallow, shallow } from "./answer-depth.ts";
import { AttemptSignal } from "./attempt-signal.ts";
import { editedEvents } from "./chat-edits.ts";
import { type Outgoing, relays } from "./outgoing.ts";
import { earlyFault } from "./early-fault.ts";
import { providerError } from "./provider-error.ts";
import { redact, redactText } from "./redact.ts";
import type { Reach } from "./reach.ts";
import type { Target } from "./target.ts";
import {
  framingOf,
  garbage,
  MAX_ERROR,
  MAX_WHOLE,
  networkFault,
  timeout,
  UNCOMPRESSED,
  wholeAtOnce,
  type WholeBody,
  wholeOf,
} from "./upstream-body.ts";

/** What calls need of the world. */
export interface CallDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The host's fastest way to providers; chat goes by it. */
  readonly transport: Transport;
  /** The host's fastest way to clients. */
  readonly openStream: OpenClientStream;
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
  const { timeouts, provider } = target;
  const attempt = new AttemptSignal(exchange.signal, deps.deadlines, provider.id);
  attempt.limit(timeouts.total, deps.clock.monotonic() - exchange.record.startedAt);
  attempt.begin("first_byte_timeout", timeouts.firstByte);
  try {
    const answer = await send(deps, input, attempt);
    const { attempts } = exchange.record;
    const entry = attempts[attempts.length - 1];
    if (entry !== undefined) entry.status = answer.status;
    if (answer.status < 200 || answer.status > 299) throw await errorOf(answer, input);
    if (framingOf(answer.headers) !== undefined) return await streamOf(answer, input, attempt);
    // The answer has begun with its headers.
    attempt.begin("idle_timeout", timeouts.idle);
    // Awaited only when there is something to wait for: a turn of the event loop is not free.
    const whole = wholeAtOnce(answer.body) ?? (await wholeOf(answer.body, MAX_WHOLE, provider.id, attempt));
    return await read(whole, answer, input, attempt);
  } catch (thrown) {
    const late = thrown instanceof ConnectTimeout;
    const failure =
      attempt.fault ??
      (late ? timeout("connect_timeout", provider.id, timeouts.connect) : networkFault(thrown, provider.id));
    const fault = redact(failure, input.credential);
    attempt.abort(fault);
    throw fault;
  }
}

/** An event stream, which has begun with its first bytes. */
async function streamOf({ headers, body }: UpstreamAnswer, input: CallInput, attempt: AttemptSignal): Promise<Answer> {
  const { outgoing, target, credential, stream } = input;
  const first = await firstChunk(body, input);
  attempt.begin("idle_timeout", target.timeouts.idle);
  if (stream) return { headers, outgoing, target, attempt, credential, kind: "stream", body, first };
  const whole = await collected(body, first, input, attempt);
  return { headers, outgoing, target, attempt, credential, kind: "decoded", ...whole };
}

/** What a whole body says. */
function read(
  { text, size }: WholeBody,
  { headers }: UpstreamAnswer,
  input: CallInput,
  attempt: AttemptSignal,
): Answer | Promise<Answer> {
  const { outgoing, target, credential, stream } = input;
  const body = parseObject(text);
  if (body === undefined) throw garbage(target.provider.id, "something that is no JSON object");
  if (relays(outgoing, target) && !stream && isAnswer(outgoing.protocol, body)) {
    const { error = null } = body;
    // The rest of an answer is the model's words.
    const shown = error === null ? text : redactText(text, credential);
    const length = shown === text ? size : new TextEncoder().encode(shown).byteLength;
    return { headers, outgoing, target, attempt, credential, kind: "untouched", text: shown, size: length, body };
  }
  return decoded(body, headers, input, attempt);
}

async function decoded(
  body: JsonObject,
  headers: HeaderView,
  { outgoing, target, credential }: CallInput,
  attempt: AttemptSignal,
): Promise<Answer> {
  requireShallow(body);
  const events = await editedEvents(upstreamCodecFor(outgoing.protocol).response.decode(body), target.edits);
  return { headers, outgoing, target, attempt, credential, kind: "decoded", events, response: fold(events) };
}

/** Some vendors tell an error with status 200. What such a body says is the decoder's affair, which throws for it. */
function isAnswer(protocol: ProtocolName, { choices }: JsonObject): boolean {
  return protocol !== "openai-chat" || Array.isArray(choices);
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
      for (const event of shallow(frames.push(chunk))) events.push(...decoder.step(event));
      idle.wait();
    }
  } finally {
    idle.done();
  }
  for (const event of shallow(lastEvents(frames))) events.push(...decoder.step(event));
  events.push(...decoder.end());
  const edited = await editedEvents(events, target.edits);
  return { events: edited, response: fold(edited) };
}

function send(deps: CallDeps, input: CallInput, attempt: AttemptSignal): Promise<UpstreamAnswer> {
  const { exchange, target, outgoing, stream, credential } = input;
  const { provider, timeouts } = target;
  const api: UpstreamCall = { api: "chat", protocol: outgoing.protocol, model: outgoing.model, stream };
  const url = provider.url(api);
  if (url === undefined) {
    throw new Fault("api_not_supported", `The provider '${provider.id}' (${provider.type}) has no chat API.`);
  }
  const headers = upstreamHeaders(exchange.request.headers, input);
  const { body } = outgoing;
  const request = { method: "POST", url, headers, body, connectLimit: timeouts.connect };
  const authorized = provider.authorize(headers, credential, api);
  if (authorized === undefined && provider.sign === undefined && provider.send === undefined) {
    return deps.transport.send(request, attempt);
  }
  return sendSigned(deps, input, request, authorized, attempt);
}

/** For providers that ask somebody else first, or answer by themselves. */
async function sendSigned(
  { transport }: CallDeps,
  { target, credential }: CallInput,
  request: UpstreamRequest & { readonly body: string },
  authorized: void | Promise<void>,
  attempt: AttemptSignal,
): Promise<UpstreamAnswer> {
  const { provider } = target;
  const { method, url, headers, body } = request;
  await authorized;
  await provider.sign?.(request, credential);
  if (provider.send === undefined) return transport.send(request, attempt);
  const { signal } = attempt;
  return answerOf(await provider.send(new Request(url, { method, headers: headers.toHeaders(), body, signal })));
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

async function errorOf({ status, headers, body }: UpstreamAnswer, { target, outgoing }: CallInput): Promise<Fault> {
  const { id } = target.provider;
  const { text } = await wholeOf(body, MAX_ERROR, id).catch(() => ({ text: "" }));
  return providerError(id, outgoing.protocol, { status, headers, text });
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
  if (early !== undefined) throw early;
  return value;
}
