import type { ChatRequest } from "../../core/chat.ts";
import type { Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import { type Answer, call, type CallDeps } from "./call.ts";
import { editedChat } from "./chat-edits.ts";
import { askCredentials } from "./credential-tries.ts";
import type { Inbound } from "./inbound.ts";
import { lossy, type Outgoing, outgoing } from "./outgoing.ts";
import type { Target } from "./target.ts";
import type { Preference } from "../credential-pool.ts";

/** What a route does when an attempt fails. */
export interface FailoverPolicy {
  readonly strict: boolean;
  /** Whether a failure with this status goes on to the next target. */
  readonly fallbackOn: (status: number) => boolean;
}

/** Asks the targets in order, each with its credentials in turn, until one has a good answer. Throws the last Fault of one that was asked when none has. */
export async function askAll(
  deps: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  targets: readonly Target[],
  policy: FailoverPolicy,
  prefer?: (target: Target) => Promise<Preference | undefined>,
): Promise<Answer> {
  let last: Fault | undefined;
  for (const target of targets) {
    // Awaited only where there is something to change: a turn of the event loop is not free.
    const edited = target.edits?.request === undefined ? inbound.changed : await editedChat(inbound, target.edits);
    if (edited instanceof Fault) {
      // Nobody was asked: what failed before says more here too.
      last ??= edited;
      if (goesOn(edited, policy)) continue;
      break;
    }
    const prepared = prepare(inbound, target, edited, policy);
    if (prepared instanceof Fault) {
      // What failed before says more than that this one could not be asked.
      last ??= prepared;
      if (unaskable(prepared)) continue;
      break;
    }
    const preference = prefer === undefined ? undefined : await prefer(target);
    const result = await askTarget(deps, exchange, inbound, target, prepared, preference);
    if (!(result instanceof Fault)) {
      if (prepared.losses.length > 0) exchange.record.losses.push(...prepared.losses);
      return result;
    }
    if (unaskable(result)) {
      last ??= result;
      continue;
    }
    last = result;
    if (!goesOn(last, policy)) break;
  }
  throw last ?? new Fault("no_upstream", "This route has no provider.");
}

/** The request as the target gets it, or why it gets none. */
function prepare(
  inbound: Inbound,
  target: Target,
  edited: ChatRequest | undefined,
  { strict }: FailoverPolicy,
): Outgoing | Fault {
  try {
    const prepared = outgoing(inbound, target, edited);
    return strict && prepared.losses.length > 0 ? lossy(prepared.losses) : prepared;
  } catch (thrown) {
    return Fault.from(thrown);
  }
}

/** Whether it was never asked: that one has no such API, or cannot be told everything, says nothing of the next. */
export function unaskable({ code }: Fault): boolean {
  return code === "api_not_supported" || code === "lossy_conversion";
}

/** Whether the next target may be asked. Resting credentials are the trace of a failure that went on when it happened. */
export function goesOn({ code, status }: Fault, { fallbackOn }: FailoverPolicy): boolean {
  if (code === "client_closed" || code === "total_timeout") return false;
  return code === "no_credential" || fallbackOn(status);
}

/** Asks one target with one credential after the other, as long as another credential may do better. */
function askTarget(
  deps: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  target: Target,
  prepared: Outgoing,
  prefer: Preference | undefined,
): Promise<Answer | Fault> {
  const { model, protocol } = prepared;
  return askCredentials(deps.clock, { exchange, target, model, protocol, prefer }, ({ credential }) =>
    call(deps, { exchange, target, outgoing: prepared, stream: inbound.stream, credential }),
  );
}
