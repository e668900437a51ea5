import type { Attempt, Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import type { Verdict } from "../../core/provider.ts";
import type { Lease, Outcome } from "../credential-pool.ts";
import { type Answer, call, type CallDeps } from "./call.ts";
import type { Inbound } from "./inbound.ts";
import { lossy, type Outgoing, outgoing } from "./outgoing.ts";
import type { Target } from "./target.ts";

/** What a route does when an attempt fails. */
export interface FailoverPolicy {
  readonly strict: boolean;
  /** Whether a failure with this status goes on to the next target. */
  readonly fallbackOn: (status: number) => boolean;
}

/** Asks the targets in order, each with its credentials in turn, until one has a good answer. Throws the last Fault when none has. */
export async function askAll(
  deps: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  targets: readonly Target[],
  policy: FailoverPolicy,
): Promise<Answer> {
  let last: Fault | undefined;
  for (const target of targets) {
    const prepared = outgoing(inbound, target);
    if (policy.strict && prepared.losses.length > 0) {
      // What failed before says more than that this one could not be asked.
      last ??= lossy(prepared.losses);
      continue;
    }
    const result = await askTarget(deps, exchange, inbound, target, prepared);
    if (!(result instanceof Fault)) {
      exchange.record.losses.push(...prepared.losses);
      return result;
    }
    last = result;
    if (!goesOn(last, policy)) break;
  }
  throw last ?? new Fault("no_upstream", "This route has no provider.");
}

/** Resting credentials are the trace of a failure that went on when it happened. */
function goesOn({ code, status }: Fault, { fallbackOn }: FailoverPolicy): boolean {
  if (code === "client_closed" || code === "total_timeout") return false;
  return code === "no_credential" || fallbackOn(status);
}

/** Asks one target with one credential after the other, as long as another credential may do better. */
async function askTarget(
  deps: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  target: Target,
  prepared: Outgoing,
): Promise<Answer | Fault> {
  const tried = new Set<string>();
  let last: Fault | undefined;
  for (;;) {
    const lease = target.pool.lease(tried);
    if (lease === undefined) return last ?? exhausted(target);
    tried.add(lease.id);
    const result = await attempt(deps, exchange, inbound, target, prepared, lease);
    if (!(result instanceof Fault)) return result;
    last = result;
    if (lease.credential === undefined || tried.size >= target.credentials.tries || !nextMayPass(target, last))
      return last;
  }
}

/** A connection that cannot be made is no better with another key; a refusal may be. */
function nextMayPass(target: Target, fault: Fault): boolean {
  if (fault.code !== "upstream_error") return false;
  return target.credentials.retryOn?.(fault.status) ?? verdictOf(target, fault) !== "request";
}

/** Why a target cannot be asked: it has no credential, or none that does not rest. */
export function exhausted({ provider, pool }: Target): Fault {
  const wait = pool.retryAfter();
  return wait === undefined
    ? new Fault("no_credential", `The provider '${provider.id}' has no credential.`)
    : new Fault(
        "no_credential",
        `Every credential of the provider '${provider.id}' rests after a failure; retry after ${wait} s.`,
        { retryAfter: wait, ...(pool.limited ? { status: 429 } : {}) },
      );
}

function verdictOf({ provider }: Target, fault: Fault): Verdict {
  if (fault.code !== "upstream_error") return fault.retryable ? "upstream" : "request";
  return provider.classify(fault.status, fault.upstream?.code ?? fault.upstream?.type);
}

function failure(target: Target, fault: Fault): Outcome {
  return {
    ok: false,
    verdict: verdictOf(target, fault),
    ...(fault.code === "upstream_error" ? { status: fault.status } : {}),
    ...(fault.retryAfter === undefined ? {} : { retryAfter: fault.retryAfter }),
  };
}

async function attempt(
  deps: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  target: Target,
  prepared: Outgoing,
  lease: Lease,
): Promise<Answer | Fault> {
  const begin = deps.clock.monotonic();
  const entry: Attempt = {
    upstream: target.provider.id,
    model: prepared.model,
    ...(lease.credential === undefined ? {} : { credential: lease.credential.id }),
  };
  exchange.record.attempts.push(entry);
  exchange.record.provider = target.provider.id;
  exchange.record.upstreamProtocol = prepared.protocol;
  try {
    const answer = await call(deps, {
      exchange,
      target,
      outgoing: prepared,
      stream: inbound.stream,
      credential: lease.credential,
    });
    lease.done({ ok: true });
    return answer;
  } catch (thrown) {
    const fault = Fault.from(thrown);
    entry.fault = fault.code;
    if (fault.code !== "client_closed" && target.credentials.rest) lease.done(failure(target, fault));
    return fault;
  } finally {
    entry.duration = deps.clock.monotonic() - begin;
  }
}
