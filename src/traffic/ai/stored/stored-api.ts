import type { Exchange } from "../../../core/exchange.ts";
import { Fault } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { FamilyRequest } from "../family-request.ts";
import { hasApi } from "../has-api.ts";
import type { Target } from "../target.ts";
import { answersApi, type ObjectRequest } from "./answers-api.ts";
import { conversationsApi, createConversation } from "./conversations-api.ts";
import { unreachable } from "./earlier.ts";
import { keepsConversations } from "./keeps.ts";
import type { StoredDeps } from "./stored-deps.ts";

/** What stands where an answer's id does and is none: work for a provider. */
const NO_IDS: ReadonlySet<string> = new Set(["input_tokens", "compact"]);

/** What each kind of object is called in words for its users. */
const NAMES: Readonly<Record<string, string>> = { responses: "Response", conversations: "Conversation" };

/**
 * Answers a request about an answer or a conversation that the gateway keeps; undefined for all others, which are a provider's affair.
 * `targets` are all of the route's.
 */
export async function storedApi(
  deps: StoredDeps,
  exchange: Exchange,
  request: FamilyRequest,
  targets: readonly Target[],
  now: () => number,
): Promise<Response | undefined> {
  const { api } = request.call;
  if (NAMES[api] === undefined) return undefined;
  const body = await objectOf(deps, exchange, request, targets, now).catch((thrown: unknown) => {
    if (thrown instanceof Fault) throw thrown;
    // A provider may have it all the same.
    if (targets.some((target) => hasApi(target, request))) return undefined;
    throw unreachable(thrown);
  });
  if (body === undefined) return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  exchange.record.responseBytes = bytes.byteLength;
  return new Response(bytes, { headers: { "content-type": "application/json" } });
}

async function objectOf(
  { answers, conversations }: StoredDeps,
  exchange: Exchange,
  request: FamilyRequest,
  targets: readonly Target[],
  now: () => number,
): Promise<JsonObject | undefined> {
  const asked = objectRequest(exchange, request);
  if (request.call.api === "responses") return answers && asked && answersApi(answers, asked);
  if (conversations === undefined) return undefined;
  if (asked !== undefined) return conversationsApi(conversations, asked);
  // Where every provider keeps conversations, one of them keeps this one; else it shall be of use with all of them.
  if (exchange.request.method !== "POST" || targets.every((target) => keepsConversations(target))) return undefined;
  return createConversation(conversations, exchange.record.consumer, bodyOf(request), now());
}

/** The request as one about an object; undefined when it is about none. */
function objectRequest(exchange: Exchange, request: FamilyRequest): ObjectRequest | undefined {
  const { id = "", rest = "" } = request.call;
  if (id === "" || NO_IDS.has(id)) return undefined;
  return {
    method: exchange.request.method,
    consumer: exchange.record.consumer,
    id,
    below: rest
      .split("/")
      .slice(2)
      .filter((segment) => segment !== ""),
    search: exchange.search,
    body: bodyOf(request),
  };
}

function bodyOf({ body }: FamilyRequest): JsonObject {
  return body.kind === "json" ? body.json.object : {};
}

/** The fault of an answer or a conversation that nobody has; undefined for requests about other things. */
export function noObject({ call: { api, id } }: FamilyRequest): Fault | undefined {
  const name = NAMES[api];
  if (name === undefined || id === undefined || NO_IDS.has(id)) return undefined;
  return new Fault("object_not_found", `${name} with id '${id}' not found.`);
}
