import type { UpstreamSocket } from "../../core/service-link.ts";
import type { Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import type { ApiCall } from "../../protocols/api-paths.ts";
import { affinity, isStateful, type Maker } from "./affinity.ts";
import type { CallDeps } from "./call.ts";
import { askCredentials } from "./credential-tries.ts";
import { type FailoverPolicy, goesOn, unaskable } from "./failover.ts";
import { respondFamily } from "./family-answer.ts";
import { familyOutgoing } from "./family-outgoing.ts";
import { type FamilyRequest, readFamilyRequest } from "./family-request.ts";
import { type FamilyAnswer, sendFamily } from "./family-send.ts";
import { chooseTargets, type RouteTargets } from "./family-targets.ts";
import { lossy } from "./outgoing.ts";
import { isRealtime, joinRealtime } from "./realtime.ts";
import { storedApi } from "./stored/stored-api.ts";
import type { StoredDeps } from "./stored/stored-deps.ts";
import type { Target } from "./target.ts";

/** What an AI route does with requests for APIs beside chat. */
export interface FamilyOptions extends FailoverPolicy, RouteTargets {
  /** The largest request body, in bytes. */
  readonly maxBodyBytes: number;
}

/** What it needs of the world. */
export interface FamilyDeps extends CallDeps, StoredDeps {
  /** See `Host.connectWebSocket`; without it there is no realtime. */
  readonly connectWebSocket?: (url: string, protocols: readonly string[], headers: Headers) => UpstreamSocket;
}

/** Answers requests for the APIs beside chat, as their path names them. */
export function createFamilyHandler(
  options: FamilyOptions,
  deps: FamilyDeps,
): (exchange: Exchange, call: ApiCall) => Promise<Response> {
  return async (exchange, call) => {
    const request = await readFamilyRequest(exchange, call, options.maxBodyBytes);
    const stored = await storedApi(deps, exchange, request, options.targets, () => deps.clock.now());
    if (stored !== undefined) return stored;
    const { targets, maker } = await chooseTargets(options, deps, request, exchange.record.consumer);
    if (isRealtime(exchange, call)) {
      return askTargets(options, targets, request, (target) => joinRealtime(deps, exchange, request, target));
    }
    const answer = await askTargets(options, targets, request, (target) =>
      askFamily(options, deps, exchange, request, target, maker),
    );
    return respondFamily(deps, deps.store, answer);
  };
}

/** Asks the targets in order until one has a good answer. */
async function askTargets<Answer>(
  options: FamilyOptions,
  targets: readonly Target[],
  request: FamilyRequest,
  ask: (target: Target) => Promise<Answer | Fault>,
): Promise<Answer> {
  let last: Fault | undefined;
  for (const target of targets) {
    const result = await ask(target).catch((thrown: unknown) => Fault.from(thrown));
    if (!(result instanceof Fault)) return result;
    // That one provider has no such API, or cannot be told everything, says less than what failed before, and nothing of the next one.
    const unasked = unaskable(result);
    last = unasked ? (last ?? result) : result;
    if (!unasked && (!goesOn(result, options) || !repeatable(request))) break;
  }
  throw last ?? new Fault("no_upstream", "This route has no provider.");
}

/** A body that was streamed is gone; one try has to do. */
function repeatable({ body }: FamilyRequest): boolean {
  return body.kind !== "bytes" || body.body.repeatable;
}

async function askFamily(
  { strict }: FamilyOptions,
  deps: FamilyDeps,
  exchange: Exchange,
  request: FamilyRequest,
  target: Target,
  maker: Maker | undefined,
): Promise<FamilyAnswer | Fault> {
  const { call, protocol } = request;
  const outgoing = familyOutgoing(request, target);
  if (strict && outgoing.losses.length > 0) throw lossy(outgoing.losses);
  const prefer = isStateful(call.api) ? await affinity(target, maker, exchange.record.consumer) : undefined;
  // Where the client's path is of no protocol that is converted, the provider's own is spoken.
  const [own = protocol] = exchange.record.protocol === undefined ? target.provider.protocols : [];
  return askCredentials(
    deps.clock,
    { exchange, target, model: outgoing.call.model, protocol: own, prefer, repeatable: () => repeatable(request) },
    ({ credential }) => sendFamily(deps, { exchange, request, target, outgoing, credential }),
  );
}
