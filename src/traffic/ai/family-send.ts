import type { Exchange } from "../../core/exchange.ts";
import type { Fault } from "../../core/fault.ts";
import { type ClientProtocol, type ProtocolName, UPSTREAM_PROTOCOLS } from "../../core/protocol.ts";
import type { Credential, Provider } from "../../core/provider.ts";
import { withoutKey } from "../consumers.ts";
import { AttemptSignal } from "./attempt-signal.ts";
import { type CallDeps, copyHeaders } from "./call.ts";
import type { FamilyOutgoing } from "./family-outgoing.ts";
import type { FamilyRequest } from "./family-request.ts";
import { providerError } from "./provider-error.ts";
import { redact } from "./redact.ts";
import type { Target } from "./target.ts";
import { MAX_ERROR, networkFault, timeout, UNCOMPRESSED, wholeText } from "./upstream-body.ts";

/** One attempt at one provider with one credential. */
export interface FamilySending {
  readonly exchange: Exchange;
  readonly request: FamilyRequest;
  readonly target: Target;
  readonly outgoing: FamilyOutgoing;
  readonly credential: Credential | undefined;
}

/** A provider's good answer, its headers there. */
export interface FamilyAnswer extends FamilySending {
  readonly response: Response;
  readonly attempt: AttemptSignal;
}

/** Of the client's own headers, what belongs to the request and not to its connection or its key. */
const FORWARDED = ["traceparent", "tracestate", "user-agent", "range", "if-none-match", "idempotency-key"];

/** Asks the provider once. Throws a Fault when it has no good answer; nothing has reached the client then. */
export async function sendFamily(deps: CallDeps, sending: FamilySending): Promise<FamilyAnswer> {
  const { exchange, target } = sending;
  const { timeouts, provider } = target;
  const attempt = new AttemptSignal(exchange.signal, deps.deadlines, provider.id);
  attempt.limit(timeouts.total, deps.clock.monotonic() - exchange.record.startedAt);
  attempt.begin("first_byte_timeout", timeouts.firstByte);
  try {
    const response = await send(deps, sending, attempt);
    const entry = exchange.record.attempts.at(-1);
    if (entry !== undefined) entry.status = response.status;
    if (!response.ok && response.status !== 304) throw await errorOf(response, sending);
    attempt.done();
    return { ...sending, response, attempt };
  } catch (thrown) {
    const fault = attempt.fault ?? networkFault(thrown, provider.id);
    attempt.abort(fault);
    throw fault;
  }
}

async function send(deps: CallDeps, sending: FamilySending, attempt: AttemptSignal): Promise<Response> {
  const { exchange, target, outgoing, credential } = sending;
  const { provider, timeouts } = target;
  const { method } = exchange.request;
  const url = withQuery(outgoing.url, withoutKey(exchange.search));
  const headers = headersFor(sending);
  await provider.authorize(headers, credential, outgoing.call);
  const body = await bodyFor(sending);
  if (provider.sign !== undefined) {
    const signable = body === undefined || body instanceof ReadableStream ? {} : { body };
    await provider.sign({ method, url, headers, ...signable }, credential);
  }
  const init: RequestInit & { duplex?: "half" } = {
    method,
    headers,
    signal: attempt.signal,
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
    // The Fetch standard wants it said for bodies that are streams.
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
  };
  if (provider.send !== undefined) return provider.send(new Request(url, init));
  const late = (): void => attempt.abort(timeout("connect_timeout", provider.id, timeouts.connect));
  const unwatch = deps.reach.watch(url, timeouts.connect, late);
  try {
    const response = await deps.fetch(url, init);
    deps.reach.answered(url);
    return response;
  } finally {
    unwatch();
  }
}

/** Built anew rather than copied: a client's own key and cookies never go upstream. */
function headersFor({ exchange, request, target, outgoing }: FamilySending): Headers {
  const client = exchange.request.headers;
  const headers = new Headers({
    accept: (outgoing.conversion === undefined ? client.get("accept") : null) ?? "*/*",
    "accept-encoding": UNCOMPRESSED,
  });
  if (request.body.kind === "json") headers.set("content-type", "application/json");
  if (request.body.kind === "bytes" && request.body.contentType !== undefined)
    headers.set("content-type", request.body.contentType);
  copyHeaders(client, headers, FORWARDED);
  if (outgoing.conversion === undefined)
    copyHeaders(client, headers, target.provider.forwardHeaders(outgoing.call.protocol));
  return headers;
}

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

async function bodyFor({ request, target, outgoing }: FamilySending): Promise<Body | undefined> {
  const { body } = request;
  if (body.kind === "none") return undefined;
  if (body.kind === "json") return outgoing.text;
  const stream = body.body.stream(outgoing.call.model === "" ? undefined : outgoing.call.model);
  // A signature covers the whole body, so it has to be there; its length was bounded when it was opened.
  return target.provider.sign === undefined ? stream : new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A URL with the client's query behind its own. */
export function withQuery(url: string, search: string): string {
  if (search === "") return url;
  return url.includes("?") ? `${url}&${search.slice(1)}` : url + search;
}

async function errorOf(response: Response, { request, target, outgoing, credential }: FamilySending): Promise<Fault> {
  const { provider } = target;
  const { status, headers } = response;
  const { text } = await wholeText(response, MAX_ERROR, provider.id).catch(() => ({ text: "" }));
  const protocol = ownProtocol(provider) ?? errorProtocol(request, outgoing);
  return redact(providerError(provider.id, protocol, { status, headers, text }), credential);
}

/** The protocol of a provider that speaks one no client does: all its APIs tell errors in its words. */
function ownProtocol({ protocols: [first] }: Provider): ProtocolName | undefined {
  return UPSTREAM_PROTOCOLS.find((protocol) => protocol === first);
}

/** In whose words errors are told: a provider whose format is Google's tells them as Gemini does. */
function errorProtocol({ protocol }: FamilyRequest, { conversion, call }: FamilyOutgoing): ClientProtocol {
  if (conversion === undefined) return protocol;
  return call.action === undefined ? "openai-chat" : "gemini";
}
