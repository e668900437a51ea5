import type { Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import type { Credential, UpstreamCall } from "../../core/provider.ts";
import type { UpstreamSocket } from "../../core/service-link.ts";
import type { ApiCall } from "../../protocols/api-paths.ts";
import { codecFor } from "../../protocols/index.ts";
import { parseObject } from "../../core/json-splice.ts";
import { withoutKey } from "../consumers.ts";
import { PassThrough } from "../http/websocket-bridge.ts";
import { isWebSocketRequest } from "../http/websocket.ts";
import { connectUpstream, type OpenSocket } from "../http/websocket-connect.ts";
import { type CallDeps, copyHeaders } from "./call.ts";
import { askCredentials } from "./credential-tries.ts";
import { unsupported } from "./family-outgoing.ts";
import type { FamilyRequest } from "./family-request.ts";
import { withQuery } from "./family-send.ts";
import { redact } from "./redact.ts";
import type { Target } from "./target.ts";
import { MAX_ERROR, wholeText } from "./upstream-body.ts";

/** What a WebSocket to a provider needs of the world. */
export interface RealtimeDeps extends CallDeps {
  readonly connectWebSocket?: (url: string, protocols: readonly string[], headers: Headers) => UpstreamSocket;
}

/** Milliseconds a provider has to accept a WebSocket when nothing is configured. */
const HANDSHAKE_TIMEOUT = 15_000;

/** How browsers, which cannot set headers, send the key to the gateway; and the accounts it belongs to. */
const SECRET_PROTOCOLS = /^openai-(?:insecure-api-key|organization|project)\./;

/** Whether this is the WebSocket itself, and not one of the API's ordinary requests. */
export function isRealtime(exchange: Exchange, { api, rest }: ApiCall): boolean {
  if (api !== "realtime" || rest !== undefined) return false;
  if (isWebSocketRequest(exchange.request)) return true;
  throw new Fault("invalid_request", "The realtime API is a WebSocket: the request must ask for an upgrade.", {
    status: 426,
  });
}

/**
 * Joins the client's WebSocket to the provider's, which is asked first: its refusal is an HTTP answer to the client. Messages, close codes
 * and limits are those of every WebSocket through the gateway (http/websocket-bridge.ts).
 */
export async function joinRealtime(
  deps: RealtimeDeps,
  exchange: Exchange,
  request: FamilyRequest,
  target: Target,
): Promise<Response | Fault> {
  const { upgrade } = exchange.connection;
  const { connectWebSocket, clock } = deps;
  if (upgrade === undefined || connectWebSocket === undefined) {
    throw new Fault("api_not_supported", "WebSockets cannot be passed through here.", { status: 501 });
  }
  const { protocol } = request;
  const model = request.model === undefined ? "" : target.modelFor(request.model);
  const call: UpstreamCall = { api: "realtime", protocol, model, stream: true };
  const url = target.provider.url(call);
  if (url === undefined) throw unsupported(request, target);
  const address = withQuery(url.replace(/^http/, "ws"), queryFor(exchange.search, model));
  const protocols = offered(exchange.request.headers);
  const joined = await askCredentials(clock, { exchange, target, model, protocol }, async ({ credential }) => {
    const headers = await headersFor(exchange, target, call, credential);
    const connect = (): UpstreamSocket => connectWebSocket(address, protocols, headers);
    return open(deps, exchange, target, connect).catch(async (thrown: unknown) => {
      const refusal = await refusalOf(deps, exchange, target, address, headers);
      throw refusal === undefined ? thrown : redact(refusal, credential);
    });
  });
  if (joined instanceof Fault) return joined;
  if (model !== "") exchange.record.modelUsed = model;
  return upgraded(exchange, joined, upgrade);
}

function upgraded(
  exchange: Exchange,
  socket: OpenSocket,
  upgrade: NonNullable<Exchange["connection"]["upgrade"]>,
): Response {
  const bridge = new PassThrough(socket, exchange, exchange.hold());
  const response = upgrade(bridge);
  if (response !== undefined) {
    exchange.record.status = 101;
    return response;
  }
  bridge.close(1001, "");
  throw new Fault("invalid_request", "The WebSocket handshake is not valid.");
}

async function open(
  { clock }: RealtimeDeps,
  { signal, record }: Exchange,
  { provider, timeouts }: Target,
  connect: () => UpstreamSocket,
): Promise<OpenSocket> {
  const socket = await connectUpstream(
    connect,
    { service: provider.id, signal, clock },
    timeouts.firstByte || HANDSHAKE_TIMEOUT,
  );
  const entry = record.attempts.at(-1);
  if (entry !== undefined) entry.status = 101;
  return socket;
}

/**
 * Why the provider refused, in its own words: a WebSocket tells neither the status nor the body of a refusal, so it is asked for once more by
 * a request that does. Undefined when that gives no reason either.
 */
async function refusalOf(
  { fetch, clock }: RealtimeDeps,
  { signal, record }: Exchange,
  { timeouts }: Target,
  address: string,
  headers: Headers,
): Promise<Fault | undefined> {
  if (signal.aborted) return undefined;
  const controller = new AbortController();
  const stop = clock.after(timeouts.connect || HANDSHAKE_TIMEOUT, () => controller.abort());
  try {
    const response = await fetch(address.replace(/^ws/, "http"), {
      headers: { ...Object.fromEntries(headers), ...HANDSHAKE },
      signal: AbortSignal.any([signal, controller.signal]),
      redirect: "manual",
    });
    if (response.status < 400) return undefined;
    const { text } = await wholeText(response, MAX_ERROR, "");
    const entry = record.attempts.at(-1);
    if (entry !== undefined) entry.status = response.status;
    return codecFor("openai-chat").error.decode(response.status, response.headers, parseObject(text) ?? text);
  } catch {
    return undefined;
  } finally {
    stop();
    controller.abort();
  }
}

/** A handshake's own headers (RFC 6455, 4.1); the key may be any 16 bytes. */
const HANDSHAKE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

async function headersFor(
  exchange: Exchange,
  { provider }: Target,
  call: UpstreamCall,
  credential: Credential | undefined,
): Promise<Headers> {
  const headers = new Headers();
  copyHeaders(exchange.request.headers, headers, ["user-agent", "traceparent", "tracestate"]);
  copyHeaders(exchange.request.headers, headers, provider.forwardHeaders(call.protocol));
  await provider.authorize(headers, credential, call);
  return headers;
}

/** The client's query with the provider's name for the model, and without a key. */
function queryFor(search: string, model: string): string {
  const query = new URLSearchParams(withoutKey(search));
  if (query.has("model")) query.set("model", model);
  return query.size === 0 ? "" : `?${query.toString()}`;
}

/** The subprotocols the client offers, without those that carry its key. */
function offered(headers: Headers): string[] {
  const names = (headers.get("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
  return names.filter((name) => name !== "" && !SECRET_PROTOCOLS.test(name));
}
