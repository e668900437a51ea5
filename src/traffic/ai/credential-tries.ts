import type { Clock } from "../../core/clock.ts";
import type { Attempt, Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import { pause } from "../../core/pause.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import type { Verdict } from "../../core/provider.ts";
import type { Lease, Outcome, Preference } from "../credential-pool.ts";
import type { Target } from "./target.ts";

/** What is asked of one target. */
export interface Asking {
  readonly exchange: Exchange;
  readonly target: Target;
  /** The model as the provider knows it; empty for a request without one. */
  readonly model: string;
  readonly protocol: ProtocolName;
  readonly prefer?: Preference | undefined;
  /** Whether the request can be sent once more; always when left out. */
  readonly repeatable?: () => boolean;
}

/** The first pause before a target is asked again, and the longest, in milliseconds: Envoy's. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [25, 250];

/**
 * Asks one target with one credential after the other, as long as another may do better, and again as its route wants it. Answers the last
 * Fault when none did well.
 */
export async function askCredentials<Answer>(
  clock: Clock,
  asking: Asking,
  ask: (lease: Lease) => Promise<Answer>,
): Promise<Answer | Fault> {
  const { exchange, target, repeatable } = asking;
  let last: Fault | undefined;
  for (let again = 0; ; again++) {
    const answer = await askOnce(clock, asking, ask);
    if (!(answer instanceof Fault)) return answer;
    // That all credentials rest by now says less than what put them to rest.
    if (last !== undefined && answer.code === "no_credential") return last;
    last = answer;
    if (!mayAskAgain(target, answer, again) || repeatable?.() === false) return answer;
    await pause(clock, Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** again), exchange.signal);
    if (exchange.signal.aborted) return answer;
  }
}

function mayAskAgain({ retry }: Target, { code, status }: Fault, again: number): boolean {
  if (retry === undefined || again >= retry.attempts || FINAL.has(code)) return false;
  return retry.on(status);
}

/** What no further try mends. */
const FINAL: ReadonlySet<Fault["code"]> = new Set(["client_closed", "total_timeout", "no_credential"]);

async function askOnce<Answer>(
  clock: Clock,
  asking: Asking,
  ask: (lease: Lease) => Promise<Answer>,
): Promise<Answer | Fault> {
  const { target, prefer, repeatable } = asking;
  let tried: Set<string> | undefined;
  let last: Fault | undefined;
  for (;;) {
    const lease = target.pool.lease(tried ?? NONE, prefer);
    if (lease === undefined) return last ?? exhausted(target);
    const begin = clock.monotonic();
    const entry = noted(asking, lease);
    try {
      const answer = await ask(lease);
      lease.done(WELL);
      return answer;
    } catch (thrown) {
      last = Fault.from(thrown);
      entry.fault = last.code;
      if (last.code !== "client_closed" && target.credentials.rest) lease.done(failure(target, last));
    } finally {
      entry.duration = clock.monotonic() - begin;
    }
    (tried ??= new Set()).add(lease.id);
    const over = lease.credential === undefined || tried.size >= target.credentials.tries;
    if (over || !nextMayPass(target, last) || repeatable?.() === false) return last;
  }
}

const NONE: ReadonlySet<string> = new Set();
const WELL: Outcome = { ok: true };

/** The try's own entry in the record, which tells of the last try as a whole. */
function noted({ exchange, target, model, protocol }: Asking, { credential }: Lease): Attempt {
  const { record } = exchange;
  const upstream = target.provider.id;
  const entry: Attempt = {
    upstream,
    ...(model === "" ? {} : { model }),
    ...(credential === undefined ? {} : { credential: credential.id }),
  };
  record.attempts.push(entry);
  record.provider = upstream;
  record.upstreamProtocol = protocol;
  return entry;
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
  return provider.classify(fault.status, fault.upstream?.code ?? fault.upstream?.type, fault.message);
}

function failure(target: Target, fault: Fault): Outcome {
  return {
    ok: false,
    verdict: verdictOf(target, fault),
    ...(fault.code === "upstream_error" ? { status: fault.status } : {}),
    ...(fault.retryAfter === undefined ? {} : { retryAfter: fault.retryAfter }),
  };
}
