import type { Attempt, Exchange } from "#src/core/exchange.ts";
import { Fault } from "#src/core/fault.ts";
import type { Endpoint } from "./endpoint.ts";
import { classifyFailure, failureDetail } from "../../core/fetch-failure.ts";
import type { RequestScope } from "./request-scope.ts";
import type { FailureKind } from "./retry.ts";
import type { ServiceWay } from "./service.ts";
import type { UpstreamBody } from "./upstream-body.ts";
import type { HttpDependencies } from "./upstream-fetch.ts";

/** One request as it is sent to whichever endpoint. */
export interface Call {
  readonly exchange: Exchange;
  /** The service's name, for messages and the record. */
  readonly service: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: UpstreamBody;
  readonly scope: RequestScope;
  readonly way: ServiceWay;
}

/** How a try came out. `kind` is absent when nobody may try again: the client left, or the request's time is over. */
export type Outcome =
  | { readonly response: Response }
  | { readonly response?: undefined; readonly fault: Fault; readonly kind?: FailureKind };

/** Sends a request to one endpoint. The endpoint counts as busy until the caller calls `state.end`, unless the try failed. */
export async function attempt(
  call: Call,
  endpoint: Endpoint,
  perTryTimeout: number | undefined,
  { clock }: Pick<HttpDependencies, "clock">,
): Promise<Outcome> {
  const { exchange, scope, body } = call;
  const { state } = endpoint;
  const entry: Attempt = { upstream: call.service };
  exchange.record.attempts.push(entry);
  const begun = clock.monotonic();
  const signal = scope.begin(perTryTimeout);
  state.begin();
  try {
    const response = await call.way.fetch(endpoint.base + call.target, {
      method: exchange.request.method,
      headers: call.headers,
      body: body.open(),
      signal,
      redirect: "manual",
      decompress: false,
      duplex: "half",
    });
    scope.answered();
    state.reached(response.status);
    entry.status = response.status;
    return { response };
  } catch (error) {
    state.end();
    const outcome = failure(call, signal, error);
    if (outcome.kind === "connect-failure") state.unreachable();
    else if (outcome.kind === "reset") state.broke();
    else if (outcome.kind === "timeout") state.late();
    entry.fault = outcome.fault.code;
    return outcome;
  } finally {
    entry.duration = clock.monotonic() - begun;
  }
}

function failure(call: Call, signal: AbortSignal, error: unknown): { fault: Fault; kind?: FailureKind } {
  const { scope, service } = call;
  if (scope.fault !== undefined) return { fault: scope.fault };
  if (signal.aborted) return { fault: Fault.from(signal.reason), kind: "timeout" };
  if (call.body.broken === true) return { fault: new Fault("client_closed", "The request body ended early.") };
  const cause = new Error(failureDetail(error));
  if (classifyFailure(error) === "connect") {
    const fault = new Fault("upstream_unreachable", `The service "${service}" cannot be reached.`, { cause });
    return { fault, kind: "connect-failure" };
  }
  const message = `The service "${service}" closed the connection before it answered.`;
  return { fault: new Fault("upstream_cut", message, { cause }), kind: "reset" };
}
