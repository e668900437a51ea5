import type { Exchange } from "#src/core/exchange.ts";
import type { UpstreamHost } from "#src/core/route.ts";
import { Fault } from "#src/core/fault.ts";
import { answer } from "./answer.ts";
import { attempt, type Call, type Outcome } from "./attempt.ts";
import type { Endpoint } from "./endpoint.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import { compileHeaderChanges } from "./header-change.ts";
import { compileAbort } from "./abort.ts";
import { DEFAULT_RETRY, type HttpRouteOptions } from "./http-options.ts";
import { RequestScope } from "./request-scope.ts";
import { compileRetry, type RetryPolicy } from "./retry.ts";
import { compileRewrite, compileWayBack, withSearch } from "./rewrite.ts";
import { createServices, type Service } from "./service.ts";
import { createRouteSessions } from "./sticky/route-sessions.ts";
import { upstreamBody } from "./upstream-body.ts";
import type { HttpDependencies } from "./upstream-fetch.ts";
import { isWebSocketRequest, passWebSocket } from "./websocket.ts";

/** Methods that fetch knows nothing of (Fetch standard, "forbidden method"). */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** A compiled HTTP route. */
export interface HttpHandler {
  /** Answers by asking the route's services. Throws a Fault when none of them answered. */
  handle(exchange: Exchange): Promise<Response>;
  /** The endpoints of all of them. */
  hosts(): readonly UpstreamHost[];
  /** Gives the endpoints' states back; requests under way are not touched. */
  close(): void;
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
  const services = createServices(options.services, deps.health, deps.random);
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
    const { service, session } = admitted;
    if (session === undefined && aborts()) return new Response(null, { status: options.abort?.status ?? 500 });
    if (service === undefined) throw noUpstream("The route has no service to send to.");
    const target = withSearch(path(exchange.path), admitted.search);
    if (websocket && isWebSocketRequest(exchange.request)) {
      return passWebSocket({ exchange, service, target, headers, retry, timeout }, deps);
    }
    const scope = new RequestScope(exchange.signal, deps.clock, timeout);
    try {
      const body = await upstreamBody(exchange, scope);
      if (body.length !== undefined) headers.set("content-length", body.length);
      const call: Call = { exchange, service: service.name, target, headers, body, scope };
      const { response, endpoint } = await send(call, service, retry, deps);
      // Nobody sends it again: a long answer must not hold it.
      exchange.body.release();
      const change = await sessions.answered({ response, endpoint, admitted });
      return answer(call, response, endpoint, change, deps);
    } catch (error) {
      scope.close();
      throw admitted.failure(error);
    }
  }
  return { handle, hosts: () => services.hosts(), close: () => services.close() };
}

function noUpstream(message: string): Fault {
  return new Fault("no_upstream", message);
}

/** Tries until there is an answer to give, or nothing more to try. */
async function send(
  call: Call,
  service: Service,
  retry: RetryPolicy,
  deps: HttpDependencies,
): Promise<{ response: Response; endpoint: Endpoint }> {
  const { exchange, scope, body } = call;
  const tried = new Set<Endpoint>();
  for (let tries = 1; ; tries++) {
    const endpoint = service.pick(exchange, tried);
    if (endpoint === undefined) throw noUpstream(`The service "${service.name}" has no endpoint.`);
    // Once every endpoint had its chance, the next round is not in a hurry.
    if (tried.has(endpoint)) await scope.pause(retry.delay(tries - 1, deps.random));
    const outcome = await attempt(call, endpoint, retry.perTryTimeout, deps);
    const { response } = outcome;
    const again = tries <= retry.attempts && scope.fault === undefined && body.replayable;
    if (!again || !worthRepeating(outcome, retry, exchange.request.method)) {
      if (response === undefined) throw outcome.fault;
      return { response, endpoint };
    }
    tried.add(endpoint);
    if (response !== undefined) discard(response, endpoint);
  }
}

function worthRepeating(outcome: Outcome, retry: RetryPolicy, method: string): boolean {
  if (outcome.response !== undefined) return retry.afterStatus(outcome.response.status, method);
  return outcome.kind !== undefined && retry.afterFailure(outcome.kind, method);
}

function discard(response: Response, endpoint: Endpoint): void {
  endpoint.state.end();
  response.body?.cancel().catch(() => {});
}
