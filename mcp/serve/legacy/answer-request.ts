import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, META, type McpRequest } from "#src/core/mcp/messages.ts";
import type { Incoming } from "../incoming.ts";
import { metaOf } from "../modern-headers.ts";
import { SERVER_METHODS } from "../server-methods.ts";
import type { Slot } from "../slot.ts";
import type { LegacyWorld } from "./deps.ts";
import { legacyResult } from "./form.ts";
import type { LegacyCall } from "./legacy-call.ts";
import { LOG_LEVEL, OWN_METHODS } from "./own-methods.ts";
import { answerInRounds } from "./rounds.ts";
import type { LegacySession } from "./session.ts";

/** A request of the session era that is to be answered. */
export interface Answering {
  readonly request: Extract<Incoming, { type: "request" }>;
  readonly call: LegacyCall;
  readonly session: LegacySession | undefined;
  readonly slot: Slot;
  readonly world: LegacyWorld;
}

/** Log messages from this level on are sent to clients that have said nothing of it. */
const DEFAULT_LEVEL = "info";

/** The result of a request, as its client's revision has it. Rejects with what goes wrong. */
export async function answerRequest({ request, call, session, slot, world }: Answering): Promise<JsonObject> {
  const { method } = request;
  const own = Object.hasOwn(OWN_METHODS, method) ? OWN_METHODS[method] : undefined;
  if (own !== undefined) return own(request, session, world);
  if (!SERVER_METHODS.has(method))
    throw new McpError(ERROR_CODES.methodNotFound, `There is no method '${method.slice(0, 128)}'.`);
  if (method === "tools/call" && session !== undefined) await claim(request, session, world);
  const neutral: McpRequest = { method, params: await withLogLevel(request.params, session) };
  const first = await slot.server.handle(neutral, call);
  const result = await answerInRounds(slot.server, neutral, call, first);
  return legacyResult(method, result, call.client.version);
}

/** A call that comes twice, as a proxy may send it again, runs once. Throws an McpError for the second one. */
async function claim(
  { id, params }: Answering["request"],
  session: LegacySession,
  { logs }: LegacyWorld,
): Promise<void> {
  const { name = null, arguments: args = null } = params;
  if (await logs(session.id).claim(JSON.stringify([id, name, args]))) return;
  throw new McpError(
    ERROR_CODES.invalidRequest,
    "A request with this id and these arguments is known already in this session: each request needs its own id.",
  );
}

/** The session's log level, said with each request as 2026-07-28 does. */
async function withLogLevel(params: JsonObject, session: LegacySession | undefined): Promise<JsonObject> {
  const level = session === undefined ? DEFAULT_LEVEL : await levelOf(session);
  return { ...params, _meta: { ...metaOf(params), [META.logLevel]: level } };
}

async function levelOf(session: LegacySession): Promise<string> {
  session.logLevel ??= (await session.get(LOG_LEVEL)) ?? DEFAULT_LEVEL;
  return session.logLevel;
}
