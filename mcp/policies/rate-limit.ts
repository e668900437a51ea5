import type { McpWorld } from "#src/core/mcp/kind.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import { McpRefusal, type McpPlace, type McpPolicy } from "#src/core/mcp/policy.ts";
import type { Caller } from "#src/core/mcp/server.ts";
import type { ToolResult } from "#src/core/mcp/tool.ts";
import { compilePatterns } from "#src/core/pattern.ts";
import { around, calledTool } from "./around.ts";
import { type CountedBy, type RateRule, type RateSettings, rateSettings } from "./rate-settings.ts";
import { RateWindow } from "./rate-window.ts";

/** In JSON-RPC's range for servers; MCP has no code for it. The seconds to wait are in `data.retryAfter`. */
const TOO_MANY = -32_000;

/** Where a tool result tells programs what its text tells the model: the seconds to wait. */
const RETRY_AFTER = "sluice/retryAfter";

/**
 * The policy `rateLimit`: how many tools/call somebody may make. Counted in the store, so replicas count together. When the store is away
 * calls go through, and the log says so once: tools that nobody can call are the greater harm.
 */
export const rateLimit: McpPolicy<RateSettings> = {
  field: "rateLimit",
  schema: rateSettings,
  create(place, settings, world) {
    const limiter = new Limiter(place, settings, world);
    return {
      wrap: (server) =>
        around(server, async (request, call, next) => {
          const tool = calledTool(request);
          const wait = tool === undefined ? 0 : await limiter.wait(tool, call.caller);
          return wait === 0 ? next(request, call) : refusal(settings, wait);
        }),
    };
  },
};

class Limiter {
  readonly #rules: readonly (RateRule & { readonly fits: (tool: string) => boolean })[];
  readonly #exempt: ReadonlySet<string>;
  readonly #exemptOwnConfig: boolean;
  readonly #window: RateWindow;
  readonly #world: McpWorld;
  readonly #server: string;
  #away = false;

  constructor({ name }: McpPlace, settings: RateSettings, world: McpWorld) {
    this.#rules = settings.rules.map((rule) => Object.assign({ fits: compilePatterns(rule.tools) }, rule));
    this.#exempt = new Set(settings.exempt);
    this.#exemptOwnConfig = settings.exemptOwnConfig;
    this.#window = new RateWindow(world.store, world.clock);
    this.#world = world;
    this.#server = name;
  }

  /** Counts a call; how many seconds it comes too early, 0 when it may be made. */
  async wait(tool: string, caller: Caller): Promise<number> {
    if (this.#isExempt(caller)) return 0;
    const taken: (readonly [key: string, rule: RateRule])[] = [];
    try {
      for (const rule of this.#rules) {
        if (!rule.fits(tool)) continue;
        const key = this.#keyOf(rule, tool, caller);
        const { allowed, retryAfter } = await this.#window.take(key, rule);
        if (!allowed) {
          await Promise.all(taken.map(([counted, one]) => this.#window.giveBack(counted, one)));
          return retryAfter;
        }
        taken.push([key, rule]);
      }
      this.#away = false;
    } catch (error) {
      this.#tell(error);
    }
    return 0;
  }

  #isExempt({ subject, consumer, user }: Caller): boolean {
    if (this.#exemptOwnConfig && user !== undefined && Object.keys(user.config).length > 0) return true;
    return [subject, consumer, user?.id].some((name) => name !== undefined && this.#exempt.has(name));
  }

  #keyOf(rule: RateRule, tool: string, caller: Caller): string {
    const parts = [this.#server, rule.id, rule.each ? tool.slice(0, 128) : "", WHOSE[rule.by](caller)];
    return `mcp-server-limit:${parts.map(encodeURIComponent).join(":")}`;
  }

  #tell(error: unknown): void {
    if (this.#away) return;
    this.#away = true;
    this.#world.log.warn("Calls of tools cannot be counted, so they are not limited until they can.", {
      server: this.#server,
      reason: error instanceof Error ? error.message : "unknown",
    });
  }
}

/** Prefixes keep a subject from being counted as an address that is spelled the same. */
const WHOSE: Readonly<Record<CountedBy, (caller: Caller) => string>> = {
  subject: (caller) => (caller.subject === "" ? WHOSE.ip(caller) : `subject ${caller.subject}`),
  consumer: (caller) => (caller.consumer === undefined ? WHOSE.subject(caller) : `consumer ${caller.consumer}`),
  ip: ({ address = "unknown" }) => `ip ${address}`,
  server: () => "all",
};

/** Throws what is no tool result. */
function refusal({ answer, text: own }: RateSettings, seconds: number): ToolResult {
  const text = own ?? `Too many calls: try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  if (answer === "status") throw new McpRefusal(429, text, { "retry-after": String(seconds) });
  if (answer === "error") throw new McpError(TOO_MANY, text, { retryAfter: seconds });
  return { content: [{ type: "text", text }], isError: true, _meta: { [RETRY_AFTER]: seconds } };
}
