import type { Clock } from "#src/core/clock.ts";
import { isObject, type Json } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import { ANSWER_LIFE } from "./settings.ts";
import type { KeyRing } from "#src/sessions/key-ring.ts";

/** What a `requestState` of ours says: the upstream's own state, or which suspended call goes on. */
export type RequestState =
  | { readonly type: "upstream"; readonly state: string }
  | { readonly type: "suspended"; readonly replica: string; readonly call: string };

const PURPOSE = "mcp-request-state";

/** What seals states. */
export interface StateWorld {
  readonly keys: KeyRing;
  readonly clock: Clock;
}

/** Seals a state for this request and this subject alone. */
export async function sealState(
  { keys, clock }: StateWorld,
  subject: string,
  request: McpRequest,
  state: RequestState,
): Promise<string> {
  const value = { ...state, digest: await digestOf(request) };
  return keys.seal(value, { purpose: PURPOSE, subject }, clock.now() + ANSWER_LIFE);
}

/** Opens the state of a retry; undefined when it carries none. Throws an McpError for one that is not of this request and subject. */
export async function openState(
  { keys }: StateWorld,
  subject: string,
  request: McpRequest,
): Promise<RequestState | undefined> {
  const { requestState } = request.params;
  if (requestState === undefined) return undefined;
  const opened =
    typeof requestState === "string" ? await keys.open(requestState, { purpose: PURPOSE, subject }) : undefined;
  const state = stateOf(opened ?? null, await digestOf(request));
  if (state !== undefined) return state;
  throw new McpError(
    ERROR_CODES.invalidParams,
    "The 'requestState' is not one of this request's, or is too old: send the request again without it.",
  );
}

function stateOf(sealed: Json, expected: string): RequestState | undefined {
  if (!isObject(sealed) || sealed["digest"] !== expected) return undefined;
  const { type, state, replica, call } = sealed;
  if (type === "upstream" && typeof state === "string") return { type, state };
  if (type === "suspended" && typeof replica === "string" && typeof call === "string") return { type, replica, call };
  return undefined;
}

/** What a request and its retries have in common. */
async function digestOf({ method, params }: McpRequest): Promise<string> {
  const { name = null, uri = null, arguments: args = null } = params;
  const bytes = new TextEncoder().encode(JSON.stringify([method, name, uri, sorted(args)]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}

/** The same for objects that differ in the order of their keys alone. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
}
