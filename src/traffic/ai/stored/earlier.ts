import { Fault } from "../../../core/fault.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import { idOf, type Maker, makerOf } from "../affinity.ts";
import type { Inbound } from "../inbound.ts";
import type { Target } from "../target.ts";
import { keepsAnswers, keepsConversations } from "./keeps.ts";
import type { StoredDeps } from "./stored-deps.ts";

/** What a request goes on from. */
export interface Earlier {
  /** The items before its own, when the gateway keeps them. */
  readonly items?: readonly JsonObject[];
  /** The gateway's conversation that the request and its answer are added to. */
  readonly conversation?: string;
  /** The only ones that can have what the request names. */
  readonly targets?: readonly Target[];
  readonly maker?: Maker;
}

/** What a request names, by the field that names it. */
interface Named {
  readonly field: "previous_response_id" | "conversation";
  readonly id: string;
}

/** Finds what a request goes on from: kept by the gateway, or by a provider. Throws a Fault when nobody can have it. */
export async function findEarlier(
  deps: StoredDeps,
  consumer: string | undefined,
  inbound: Inbound,
  targets: readonly Target[],
): Promise<Earlier> {
  const named = namedIn(inbound.body);
  if (named === undefined) return {};
  const keepers = targets.filter((target) => keeps(named, target, inbound.model));
  const kept = await lookUp(deps, consumer, named).catch((cause: unknown) => {
    if (keepers.length > 0) return undefined;
    throw unreachable(cause);
  });
  if (kept !== undefined) return kept;
  const maker = await makerOf(deps.store, targets, [named.id]);
  if (maker !== undefined && maker.consumer === consumer) return { targets: [maker.target], maker };
  if (maker !== undefined || keepers.length === 0) throw notFound(named);
  return { targets: keepers };
}

function namedIn(body: JsonObject): Named | undefined {
  const previous = idOf(body["previous_response_id"]);
  const conversation = idOf(body["conversation"]);
  if (previous !== undefined && conversation !== undefined) {
    throw new Fault("invalid_request", "'previous_response_id' and 'conversation' exclude each other.", {
      param: "conversation",
    });
  }
  if (previous !== undefined) return { field: "previous_response_id", id: previous };
  return conversation === undefined ? undefined : { field: "conversation", id: conversation };
}

function keeps({ field }: Named, target: Target, model: string): boolean {
  return (field === "conversation" ? keepsConversations : keepsAnswers)(target, target.modelFor(model));
}

async function lookUp(
  { answers, conversations }: StoredDeps,
  consumer: string | undefined,
  { field, id }: Named,
): Promise<Earlier | undefined> {
  if (field === "conversation") {
    const items = (await conversations?.get(consumer, id))?.items;
    return items === undefined ? undefined : { items, conversation: id };
  }
  const answer = await answers?.get(consumer, id);
  if (answer === undefined) return undefined;
  const { output } = answer.response;
  return { items: [...answer.input, ...(Array.isArray(output) ? output.filter(isObject) : [])] };
}

function notFound({ field, id }: Named): Fault {
  return field === "conversation"
    ? new Fault("object_not_found", `Conversation with id '${id}' not found.`, { param: field })
    : new Fault("previous_response_not_found", `Previous response with id '${id}' not found.`, { param: field });
}

/** The fault of a store that is away when the request cannot do without. */
export function unreachable(cause: unknown): Fault {
  return new Fault("internal", "The store of answers and conversations cannot be reached; try again.", {
    status: 503,
    cause,
  });
}
