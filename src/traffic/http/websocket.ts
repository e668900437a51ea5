import type { Attempt, Exchange } from "#src/core/exchange.ts";
import { Fault } from "#src/core/fault.ts";
import type { Endpoint } from "./endpoint.ts";
import { connectUpstream, type OpenSocket } from "./websocket-connect.ts";
import { PassThrough } from "./websocket-bridge.ts";
import type { RetryPolicy } from "./retry.ts";
import { noEndpoint } from "./send.ts";
import type { Service } from "./service.ts";
import type { ConnectWebSocket, HttpDependencies } from "./upstream-fetch.ts";

/** Milliseconds a service has to accept a WebSocket when its route says nothing. */
const HANDSHAKE_TIMEOUT = 15_000;

/** A request to upgrade, ready to be sent to whichever endpoint. */
export interface WebSocketCall {
  readonly exchange: Exchange;
  readonly service: Service;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly retry: RetryPolicy;
  /** The route's, in milliseconds; it bounds the handshake, not the connection. */
  readonly timeout: number | undefined;
}

/** RFC 6455, 4.1: over HTTP/1.1 a handshake is a GET. */
export function isWebSocketRequest(request: Request): boolean {
  return request.method === "GET" && request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Joins the client's WebSocket to one of the service. The service is asked first, so that its refusal is an HTTP answer (502) to the
 * client; WebSocket tells neither the status nor the body of a refusal, hence they cannot be passed on.
 */
export async function passWebSocket(call: WebSocketCall, deps: HttpDependencies): Promise<Response> {
  const { exchange } = call;
  const { upgrade } = exchange.connection;
  const { connectWebSocket } = call.service.way;
  if (upgrade === undefined || connectWebSocket === undefined) {
    throw new Fault("api_not_supported", "WebSockets cannot be passed through here.", { status: 501 });
  }
  const protocols = offeredProtocols(call.headers);
  const connect = (base: string): ReturnType<ConnectWebSocket> =>
    connectWebSocket(ws(base) + call.target, protocols, call.headers);
  const { upstream, endpoint } = await open(call, connect, deps);
  const over = exchange.hold();
  const bridge = new PassThrough(upstream, exchange, () => {
    endpoint.state.end();
    over();
  });
  const response = upgrade(bridge);
  if (response !== undefined) {
    exchange.record.status = 101;
    return response;
  }
  bridge.close(1001, "");
  throw new Fault("invalid_request", "The WebSocket handshake is not valid.");
}

/** Begins the handshake with the endpoint of a base address. */
type Connect = (base: string) => ReturnType<ConnectWebSocket>;

/** Takes the client's side of the handshake out of the headers; answers the subprotocols it offered. */
function offeredProtocols(headers: Headers): string[] {
  const offered = headers.get("sec-websocket-protocol") ?? "";
  for (const name of ["key", "version", "extensions", "protocol", "accept"]) headers.delete(`sec-websocket-${name}`);
  return offered
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

async function open(
  call: WebSocketCall,
  connect: Connect,
  deps: HttpDependencies,
): Promise<{ upstream: OpenSocket; endpoint: Endpoint }> {
  const { exchange, service, retry } = call;
  const tried = new Set<Endpoint>();
  for (let tries = 1; ; tries++) {
    const endpoint = service.pick(exchange, tried);
    if (endpoint === undefined) throw noEndpoint(service);
    try {
      return { upstream: await attempt(call, endpoint, connect, deps), endpoint };
    } catch (error) {
      const fault = Fault.from(error);
      tried.add(endpoint);
      const repeat = fault.code === "upstream_unreachable" && retry.afterFailure("connect-failure", "GET");
      if (!repeat || tries > retry.attempts || tried.has(service.pick(exchange, tried) as Endpoint)) throw fault;
    }
  }
}

async function attempt(
  call: WebSocketCall,
  { base, state }: Endpoint,
  connect: Connect,
  deps: HttpDependencies,
): Promise<OpenSocket> {
  const { exchange, service, retry, timeout } = call;
  const entry: Attempt = { upstream: service.name };
  exchange.record.attempts.push(entry);
  const begun = deps.clock.monotonic();
  state.begin();
  try {
    const upstream = await connectUpstream(
      () => connect(base),
      { service: service.name, signal: exchange.signal, clock: deps.clock },
      retry.perTryTimeout ?? timeout ?? HANDSHAKE_TIMEOUT,
    );
    state.reached();
    entry.status = 101;
    return upstream;
  } catch (error) {
    state.end();
    entry.fault = Fault.from(error).code;
    throw error;
  } finally {
    entry.duration = deps.clock.monotonic() - begun;
  }
}

/** `http:` and `https:` as `ws:` and `wss:`. */
function ws(base: string): string {
  return `ws${base.slice(4)}`;
}
