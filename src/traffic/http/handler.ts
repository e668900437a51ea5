import type { Exchange } from "#src/core/exchange.ts";
import type { Route, UpstreamHost } from "#src/core/route.ts";
import { Fault } from "#src/core/fault.ts";
import { answer, type AnswerChange } from "./answer.ts";
import type { Call } from "./attempt.ts";
import { createFallback, FALLBACK_TARGET } from "./fallback.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import { compileHeaderChanges } from "./header-change.ts";
import { compileAbort } from "./abort.ts";
import { DEFAULT_RETRY, type HttpRouteOptions } from "./http-options.ts";
import { createMirrors } from "./mirror.ts";
import { RequestScope } from "./request-scope.ts";
import { compileRetry } from "./retry.ts";
import { compileRewrite, compileWayBack, withSearch } from "./rewrite.ts";
import { discard, send } from "./send.ts";
import { createServices, type Service } from "./service.ts";
import { type Admitted, createRouteSessions } from "./sticky/route-sessions.ts";
import { upstreamBody } from "./upstream-body.ts";
import type { HttpDependencies } from "./upstream-fetch.ts";
import { isWebSocketRequest, passWebSocket } from "./websocket.ts";

/** Methods that fetch knows nothing of (Fetch standard, "forbidden method"). */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** A compiled HTTP route. */
export interface HttpHandler {
  /** Answers by asking the route's services. Throws a Fault when none of them answered. */
  readonly handle: (exchange: Exchange) => Promise<Response>;
  /** The endpoints of all of them. */
  readonly hosts: () => readonly UpstreamHost[];
  /** One of them, for whoever asks it in the handler's place. */
  readonly lease: NonNullable<Route["lease"]>;
  /** Gives the endpoints' states back; requests under way are not touched. */
  readonly close: () => void;
}

/**
 * Compiles a route to services. Throws an Error when an address, an expression or a header is not valid.
 *
 * Bodies stream both ways, in the encoding they came in. Trailers are lost, since fetch shows none. An answer whose body breaks off
 * reaches the client as a broken body, never as a whole one.
 */
export function createHttpHandler(options: HttpRouteOptions, deps: HttpDependencies): HttpHandler {
  const { timeout, rewrite, websocket = true, trustForwarded = false } = options;
  const forwarding = { trustForwarded, host: rewrite?.host };
  const path = rewrite?.path === undefined ? (same: string) => same : compileRewrite(rewrite.path);
  const wayBack = compileWayBack(rewrite?.path);
  const changeRequest = compileHeaderChanges(options.requestHeaders);
  const changeResponse = compileHeaderChanges(options.responseHeaders);
  const retry = compileRetry(options.retry ?? DEFAULT_RETRY);
  const { services, fallback, mirrors, close } = openServices(options, deps);
  const aborts = compileAbort(options, deps.random);
  const sessions = createRouteSessions(options.sticky, { services, changeHeaders: changeResponse, wayBack }, deps);

  async function handle(exchange: Exchange): Promise<Response> {
    const { method } = exchange.request;
    if (NOT_PASSED_ON.has(method)) throw new Fault("method_not_allowed", `${method} requests are not passed on.`);
    const headers = forwardedHeaders(exchange, forwarding);
    const { remoteAddress } = exchange.connection;
    if (remoteAddress !== undefined) exchange.record.remoteAddress = remoteAddress;
    changeRequest(headers);
    const admitted = await sessions.admit(exchange, headers);
    const service = admitted.service?.empty === false ? admitted.service : (fallback?.service ?? admitted.service);
    if (admitted.session === undefined && aborts()) return new Response(null, { status: options.abort?.status ?? 500 });
    if (service === undefined) throw new Fault("no_upstream", "The route has no service to send to.");
    const target = withSearch(path(exchange.path), admitted.search);
    if (websocket && isWebSocketRequest(exchange.request)) {
      service.changeRequest(headers);
      return passWebSocket({ exchange, service, target, headers, retry, timeout }, deps);
    }
    const scope = new RequestScope(exchange.signal, deps.clock, timeout);
    try {
      const body = await upstreamBody(exchange, scope);
      if (body.length !== undefined) headers.set("content-length", body.length);
      mirrors?.copy({ exchange, target, headers, body });
      const way: Way = { exchange, target, headers, body, scope, admitted };
      return await answered(way, service);
    } catch (error) {
      scope.close();
      throw admitted.failure(error);
    }
  }

  /** The answer of a service, or of the one in its place. */
  async function answered(way: Way, service: Service): Promise<Response> {
    const { exchange, body, scope, admitted } = way;
    const again = fallback !== undefined && service !== fallback.service;
    // What is changed for one service must not reach the other.
    const headers = again ? new Headers(way.headers) : way.headers;
    service.changeRequest(headers);
    const call: Call = { ...way, headers, service: service.name, way: service.way };
    const sent = await send(call, service, retry, deps);
    if (again && body.replayable && scope.fault === undefined && fallback.isWanted(sent)) {
      if (sent.response !== undefined) discard(sent.response, sent.endpoint);
      fallback.introduce(way.headers, exchange, sent);
      return answered({ ...way, target: FALLBACK_TARGET }, fallback.service);
    }
    if (sent.fault !== undefined) throw sent.fault;
    const { response, endpoint } = sent;
    // Nobody sends it again: a long answer must not hold it.
    exchange.body.release();
    const own = service !== fallback?.service;
    const change = own
      ? await sessions.answered({ response, endpoint, admitted, way: service.way })
      : { changeHeaders: changeResponse };
    return answer(call, response, endpoint, { ...change, changeHeaders: both(change, service, exchange) });
  }

  return {
    handle,
    hosts: () => services.hosts(),
    lease: (exchange, tried) => services.lease(exchange, tried),
    close,
  };
}

/** All services that a route has to do with; when one cannot be opened, none is. */
function openServices(options: HttpRouteOptions, deps: HttpDependencies) {
  const open: { close(): void }[] = [];
  const close = (): void => {
    for (const one of open.splice(0)) one.close();
  };
  const kept = <One extends { close(): void }>(one: One): One => {
    open.push(one);
    return one;
  };
  try {
    const services = kept(createServices(options.services, deps));
    const fallback = options.fallback === undefined ? undefined : kept(createFallback(options.fallback, deps));
    const mirrors = options.mirrors === undefined ? undefined : kept(createMirrors(options.mirrors, deps));
    return { services, fallback, mirrors, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A request on its way to whichever service. */
interface Way extends Omit<Call, "service" | "way"> {
  readonly admitted: Admitted;
}

/** The route's changes to an answer's headers, then the service's. */
function both(route: AnswerChange, service: Service, exchange: Exchange): AnswerChange["changeHeaders"] {
  return (headers) => {
    route.changeHeaders(headers);
    service.changeAnswer(exchange, headers);
  };
}
