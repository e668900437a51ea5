import { integer } from "#src/core/settings/scalars.ts";
import { type Call, LocalReply, type ReplyDetails } from "#src/core/plugin.ts";
import type { ZodType } from "zod";

/** A status that a plugin may be told to answer with. */
export function statusCode(description: string): ZodType<number> {
  return integer(description, 200, 599);
}

/**
 * A refusal in the words of the configuration. Where it has none, an HTTP route's client gets an empty body, as Higress answers; an error
 * of an AI or MCP protocol has to say something, so there it is `otherwise`.
 */
export function refusal(
  call: Pick<Call, "route">,
  { status, message, otherwise }: { readonly status: number; readonly message: string; readonly otherwise: string },
  details: ReplyDetails,
): LocalReply {
  const silent = message === "" && (call.route.ai || call.route.mcp);
  return LocalReply.refuse(status, silent ? otherwise : message, details);
}
