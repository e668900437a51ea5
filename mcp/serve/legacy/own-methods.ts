import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { LegacyWorld } from "./deps.ts";
import type { LegacySession } from "./session.ts";
import { changeSubscription } from "./standing-stream.ts";

/** The levels of RFC 5424 that a client may ask log messages from. */
const LEVELS: ReadonlySet<JsonObject[string] | undefined> = new Set(
  "debug info notice warning error critical alert emergency".split(" "),
);

/** What the log level is kept under. */
export const LOG_LEVEL = "log-level";

type Answer = (request: McpRequest, session: LegacySession | undefined, world: LegacyWorld) => Promise<JsonObject>;

/** Requests of the session era that 2026-07-28 has no more: they are about the session, so the endpoint answers them itself. */
export const OWN_METHODS: Readonly<Record<string, Answer>> = {
  ping: async () => ({}),
  "logging/setLevel": async ({ params }, session) => {
    const { level } = params;
    if (typeof level !== "string" || !LEVELS.has(level))
      throw wrong("'level' must be one of RFC 5424's, such as 'info'.");
    await session?.set(LOG_LEVEL, level);
    if (session !== undefined) session.logLevel = level;
    return {};
  },
  "resources/subscribe": (request, session, world) => subscribe(request, session, world, true),
  "resources/unsubscribe": (request, session, world) => subscribe(request, session, world, false),
};

async function subscribe(
  { params }: McpRequest,
  session: LegacySession | undefined,
  { bus, ears }: LegacyWorld,
  add: boolean,
): Promise<JsonObject> {
  const { uri } = params;
  if (typeof uri !== "string") throw wrong("'uri' must be the resource's URI.");
  if (session === undefined) throw wrong("Only a session can subscribe: initialize first.");
  if (!(await changeSubscription(session, uri, add))) throw wrong("This session subscribes to too many resources.");
  // Where the stream is here, the client hears of all changes after this answer.
  if (!(await ears.renew(session.id))) await bus.tell({ type: "subscriptions", session: session.id });
  return {};
}

function wrong(message: string): McpError {
  return new McpError(ERROR_CODES.invalidParams, message);
}
