import { z } from "zod";
import { HeaderList, type HeaderView } from "#src/core/header-list.ts";
import { CallAround } from "#src/core/mcp/call-around.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { matchPath } from "#src/core/mcp/path.ts";
import { type McpGuard, type McpPlace, type McpPolicy, McpRefusal } from "#src/core/mcp/policy.ts";
import type { Caller, McpCall, McpUser } from "#src/core/mcp/server.ts";
import { duration, flag, text } from "#src/core/settings/scalars.ts";
import { makes, someOf } from "#src/core/settings/shapes.ts";
import { withCalls } from "./around.ts";
import { isUserId, UserConfigs } from "./user-config.ts";
import { userConfigPage } from "./user-config-page.ts";

/** The settings of `userLevel`. */
export interface UserLevelSettings {
  readonly secrets: readonly string[];
  readonly ttl: number;
  readonly own: boolean;
  readonly shared: boolean;
}

/** How Higress passes a user's settings on: JSON in base64. */
const HEADER = "x-higress-mcpserver-config";

const WEEK = 7 * 86_400_000;

/**
 * The policy `userLevel`: the server is each user's own, under `{path}/{uid}` and, for HTTP+SSE, `{path}/{uid}/sse`. What is kept for the
 * user under `{path}/{uid}/config` stands before the server's own settings. A user of whom nothing is kept is refused (403).
 */
export const userLevel: McpPolicy<UserLevelSettings> = {
  field: "userLevel",
  schema: makes<UserLevelSettings>()(
    z.strictObject({
      secrets: someOf(
        text("A long random text."),
        "What users' settings are encrypted with in the store: the first encrypts, all decrypt.",
      ),
      ttl: duration("How long after its last use a user's settings are kept.", 60_000).default(WEEK),
      own: flag("The user of the path must be who asks: the subject of the token, or the consumer.").default(false),
      shared: flag("The server's own path, without a user, is served as well, with the server's own settings.").default(
        false,
      ),
    }),
  ),
  create: (place, settings, world) => guardOf(place, settings, world),
};

function guardOf(place: McpPlace, { secrets, ttl, own, shared }: UserLevelSettings, world: McpWorld): McpGuard {
  const configs = new UserConfigs(place.name, secrets, world.store, ttl);
  const path = `${place.path.replace(/\/$/, "")}/{uid}`;
  const userIn = (asked: string): string | undefined =>
    (matchPath(path, asked) ?? matchPath(`${path}/sse`, asked))?.["uid"];
  return {
    paths: [path],
    pages: [userConfigPage(`${path}/config`, configs)],
    async admit(exchange, caller) {
      const id = userIn(exchange.path);
      if (id === undefined || id === "sse") {
        if (shared) return caller;
        throw new McpRefusal(403, "This server is each user's own: the path must name the user.");
      }
      if (own && ![caller.subject, caller.consumer, caller.claims?.["sub"]].includes(id)) {
        throw new McpRefusal(403, "This is another user's server.");
      }
      const config = isUserId(id) ? await known(configs, id) : undefined;
      if (config === undefined) throw new McpRefusal(403, "This user is not known here.");
      return asUser(caller, { id, config });
    },
    wrap: (server) => withCalls(server, withHeader),
  };
}

/** Rejects with a refusal that lets the client come again when the store is away: without a user's settings nothing may go out. */
async function known(configs: UserConfigs, id: string): Promise<McpUser["config"] | undefined> {
  try {
    return await configs.get(id);
  } catch {
    throw new McpRefusal(503, "The users of this server cannot be looked up now. Try again later.", {
      "retry-after": "5",
    });
  }
}

/** Two users are two authorization contexts, also when the gateway knows the same subject, or none, behind both. */
function asUser(caller: Caller, user: McpUser): Caller {
  return { ...caller, subject: `${caller.subject}#user:${user.id}`, user };
}

/** The call with the user's settings in the header; what a client put there itself is nobody's. */
function withHeader(call: McpCall): McpCall {
  const { user } = call.caller;
  const config = user?.config ?? {};
  const value =
    Object.keys(config).length === 0 ? undefined : new TextEncoder().encode(JSON.stringify(config)).toBase64();
  const headers = headersWith(call.headers, value);
  return new CallWithHeaders(call, headers);
}

class CallWithHeaders extends CallAround {
  readonly #headers: HeaderView;

  constructor(call: McpCall, headers: HeaderView) {
    super(call);
    this.#headers = headers;
  }

  override get headers(): HeaderView {
    return this.#headers;
  }
}

function headersWith(given: HeaderView, value: string | undefined): HeaderView {
  const headers = new HeaderList();
  given.forEach((one, name) => {
    if (name !== HEADER) headers.append(name, one);
  });
  if (value !== undefined) headers.set(HEADER, value);
  return headers;
}
