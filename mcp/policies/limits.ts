import { z } from "zod";
import type { Json } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpLimits, McpPolicy } from "#src/core/mcp/policy.ts";
import { duration, integer, size } from "#src/core/settings/scalars.ts";
import { makes, word } from "#src/core/settings/shapes.ts";
import { around, calledTool } from "./around.ts";
import { type SessionRule, StoredSessionLimit } from "./session-limit.ts";

/** The settings of `limits`. */
export interface LimitSettings extends McpLimits {
  /** Bytes of one text in the arguments of a tool, as UTF-8. */
  readonly argument?: number;
  readonly sessions?: SessionRule;
}

/** What holds where nothing is set. */
export const DEFAULT_LIMITS: McpLimits = { body: 8 * 2 ** 20, depth: 64, batch: 100 };

const sessions: z.ZodType<SessionRule> = z.strictObject({
  limit: integer("Sessions that somebody may have open at a time.", 1),
  by: word(["subject", "consumer"], "Whose sessions are counted together.").default("subject"),
  idle: duration("How long after its last use a session counts.", 60_000).default(3_600_000),
});

/** The policy `limits`: how large a message may be, and how many sessions somebody may have. */
export const limits: McpPolicy<LimitSettings> = {
  field: "limits",
  schema: makes<LimitSettings>()(
    z.strictObject({
      body: size("The longest body of a request.").default(DEFAULT_LIMITS.body),
      depth: integer("How deep objects and lists may stand within each other.", 4, 500).default(DEFAULT_LIMITS.depth),
      batch: integer("Messages that a client of 2025-03-26 may send in one list.", 1).default(DEFAULT_LIMITS.batch),
      argument: size("The longest text in a tool's arguments.").exactOptional(),
      sessions: sessions.exactOptional(),
    }),
  ),
  create({ name }, { body, depth, batch, argument, sessions: rule }, world) {
    const away = onceAway((reason) =>
      world.log.warn("Sessions cannot be counted, so they are not limited until they can.", { server: name, reason }),
    );
    return {
      limits: { body, depth, batch },
      ...(rule === undefined ? {} : { sessions: new StoredSessionLimit(name, rule, world, away) }),
      ...(argument === undefined
        ? {}
        : {
            wrap: (server) =>
              around(server, (request, call, next) => {
                if (calledTool(request) !== undefined) checkTexts(request.params["arguments"] ?? null, argument);
                return next(request, call);
              }),
          }),
    };
  },
};

/** Tells the first failure, and another one only after `QUIET` others went by: each request would say the same. */
function onceAway(tell: (reason: string) => void): (error: unknown) => void {
  let failures = 0;
  return (error) => {
    if (failures++ % QUIET === 0) tell(error instanceof Error ? error.message : "unknown");
  };
}

const QUIET = 1000;

const utf8 = new TextEncoder();

/** Throws an McpError that names the argument whose text is too long. Takes no stack. */
function checkTexts(value: Json, limit: number): void {
  const waiting: (readonly [path: string, value: Json])[] = [["arguments", value]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, one] = next;
    if (typeof one === "string") checkText(path, one, limit);
    else if (Array.isArray(one)) for (const item of one) waiting.push([`${path}[]`, item]);
    else if (typeof one === "object" && one !== null)
      for (const [name, item] of Object.entries(one)) waiting.push([`${path}.${name}`.slice(0, 200), item]);
  }
}

function checkText(path: string, text: string, limit: number): void {
  // A character is at most three bytes, so that most texts need not be measured.
  if (text.length * 3 <= limit || (text.length <= limit && utf8.encode(text).length <= limit)) return;
  throw new McpError(ERROR_CODES.invalidParams, `The text at '${path}' is longer than ${limit} bytes.`);
}
