import { auth } from "#mcp/auth/policy.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type McpGuard, McpRefusal } from "#src/core/mcp/policy.ts";
import type { Caller } from "#src/core/mcp/server.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { FakeIssuer } from "./fake-issuer.ts";

/** The resource that the tests' requests go to. */
export const RESOURCE = "https://gw.example.com/mcp/weather";

/** A server under the policy `auth`, with the authorization server it trusts. */
export interface Protected {
  readonly guard: McpGuard;
  readonly issuer: FakeIssuer;
  readonly clock: FakeClock;
  readonly admit: (request?: RequestParts, caller?: Caller) => Promise<Caller>;
  /** The refusal of what is not admitted. */
  readonly refusal: (request?: RequestParts, caller?: Caller) => Promise<McpRefusal>;
}

export interface RequestParts {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly method?: string;
}

function exchange({ token, headers, url = RESOURCE, method = "POST" }: RequestParts = {}): LiveExchange {
  const shown = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = new Request(url, { method, headers: { ...shown, ...headers } });
  return new LiveExchange(request, { secure: true }, new FakeClock(), { held() {}, over() {} });
}

const NOBODY: Caller = { subject: "" };

/** `settings` beside the issuer; `issuer` are more of its settings. */
export async function protect(settings: object = {}, issuerSettings: object = {}): Promise<Protected> {
  const clock = new FakeClock();
  const issuer = new FakeIssuer(clock);
  await issuer.rotate("k1");
  const parsed = auth.schema.parse({ issuers: [{ issuer: issuer.issuer, ...issuerSettings }], ...settings });
  const guard = await auth.create(
    { name: "weather", path: "/mcp/weather" },
    parsed,
    mcpWorld({ clock, fetch: issuer.fetch }),
  );
  const admit = async (request?: RequestParts, caller = NOBODY): Promise<Caller> => {
    if (guard.admit === undefined) throw new Error("The policy does not admit.");
    return guard.admit(exchange(request), caller);
  };
  return {
    guard,
    issuer,
    clock,
    admit,
    async refusal(request, caller) {
      try {
        await admit(request, caller);
      } catch (thrown) {
        if (thrown instanceof McpRefusal) return thrown;
        throw thrown;
      }
      throw new Error("It was let in.");
    },
  };
}

/** Asks one of the guard's pages. */
export async function page(guard: McpGuard, path: string, method = "GET"): Promise<Response> {
  const found = guard.pages?.find((one) => one.path === path);
  if (found === undefined) throw new Error(`There is no page ${path}.`);
  return found.handle(exchange({ url: `https://gw.example.com${path}`, method }));
}

/** A list of tools of these names. */
export function toolsNamed(...names: readonly string[]): JsonObject {
  return { tools: names.map((name) => ({ name, inputSchema: { type: "object" } })) };
}
