import { z } from "zod";
import { compileLinear } from "#src/core/linear-regex.ts";
import { type Call, definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import { anyText, text } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";
import { isCrawler } from "./crawler-agents.ts";
import { statusCode } from "./refusal.ts";

interface Options {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly blocked_code: number;
  readonly blocked_message: string;
}

const expression = text("A regular expression in RE2's syntax, searched for in the User-Agent.");

const DEFAULT_MESSAGE = "Invalid User-Agent";

/** Keeps crawlers out. */
export const botDetect: Plugin<Options> = definePlugin({
  name: "bot-detect",
  summary: "Keeps crawlers out by their User-Agent.",
  phase: "AUTHZ",
  priority: 310,
  failStrategy: "FAIL_OPEN",
  options: makes<Options>()(
    z.strictObject({
      allow: list(expression, "Clients that may pass, known crawlers among them.").default([]),
      deny: list(expression, "Further clients that may not.").default([]),
      blocked_code: statusCode("The status of a refusal.").default(403),
      blocked_message: anyText("The body of a refusal.").default(DEFAULT_MESSAGE),
    }),
  ),
  async configure({ allow, deny, blocked_code: status, blocked_message: message }) {
    const [allowed, denied] = await Promise.all([allow, deny].map(compileAll));
    const passes = (agent: string): boolean => {
      if (agent === "") return false;
      return allowed?.(agent) === true || !(denied?.(agent) === true || isCrawler(agent));
    };
    const reply = LocalReply.refuse(status, message || DEFAULT_MESSAGE, { reason: "bot-detect.blocked" });
    return {
      requestHeaders: ({ request }: Call) => (passes(request.headers.get("user-agent") ?? "") ? undefined : reply),
    };
  },
});

async function compileAll(sources: readonly string[]): Promise<(agent: string) => boolean> {
  const patterns = await Promise.all(sources.map((source) => compileLinear(source)));
  return (agent) => patterns.some((pattern) => pattern.test(agent));
}
