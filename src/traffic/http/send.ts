import { Fault } from "#src/core/fault.ts";
import { attempt, type Call, type Outcome } from "./attempt.ts";
import type { Endpoint } from "./endpoint.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Service } from "./service.ts";
import type { HttpDependencies } from "./upstream-fetch.ts";

/** An answer, or why there is none. The endpoint of an answer counts as busy. */
export type Sent =
  | { readonly response: Response; readonly endpoint: Endpoint; readonly fault?: undefined }
  | { readonly response?: undefined; readonly fault: Fault };

/** Asks a service's endpoints until there is an answer to give, or nothing more to try. */
export async function send(call: Call, service: Service, retry: RetryPolicy, deps: HttpDependencies): Promise<Sent> {
  const { exchange, scope, body } = call;
  const tried = new Set<Endpoint>();
  for (let tries = 1; ; tries++) {
    const endpoint = service.pick(exchange, tried);
    if (endpoint === undefined) return { fault: noEndpoint(service) };
    // Once every endpoint had its chance, the next round is not in a hurry.
    if (tried.has(endpoint)) await scope.pause(retry.delay(tries - 1, deps.random));
    const outcome = await attempt(call, endpoint, retry.perTryTimeout, deps);
    const again = tries <= retry.attempts && scope.fault === undefined && body.replayable;
    if (!again || !worthRepeating(outcome, retry, exchange.request.method)) {
      return outcome.response === undefined ? { fault: outcome.fault } : { response: outcome.response, endpoint };
    }
    tried.add(endpoint);
    if (outcome.response !== undefined) discard(outcome.response, endpoint);
  }
}

/** Throws an answer away, and lets its endpoint go. */
export function discard(response: Response, endpoint: Endpoint): void {
  endpoint.state.end();
  response.body?.cancel().catch(() => {});
}

export function noEndpoint({ name }: Service): Fault {
  return new Fault("no_upstream", `The service "${name}" has no endpoint.`);
}

function worthRepeating(outcome: Outcome, retry: RetryPolicy, method: string): boolean {
  if (outcome.response !== undefined) return retry.afterStatus(outcome.response.status, method);
  return outcome.kind !== undefined && retry.afterFailure(outcome.kind, method);
}
