/**
 * What a hook of a TypeScript plugin costs over the same function called directly: `bun bench/plugins/native.ts`. A request's way through
 * a chain of ten plugins and through one of none, and ten direct calls, in turn; each the least of the rounds.
 */
import { systemClock } from "#src/core/clock.ts";
import type { Call, Hooks } from "#src/core/plugin.ts";
import type { Chain, ChainSteps, Link, PluginExchange } from "#src/plugin-host/chain.ts";
import { runChain } from "#src/plugin-host/run-chain.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";

const PLUGINS = 10;
const REQUESTS = 20_000;
const ROUNDS = 15;

const answer = new Response("ok");
const watcher = { held() {}, over() {} };

let touched = 0;
function hook(call: Call): void {
  if (call.request.method === "POST") touched++;
}
const hooks: Hooks = { requestHeaders: hook };

function chainOf(count: number): Chain {
  const release = (): void => {};
  const link: Link = {
    name: "bench",
    filter: hooks,
    failStrategy: "FAIL_CLOSE",
    timeout: 1000,
    watch: { ran() {}, failed() {} },
    hold: () => release,
  };
  const slots = Array.from({ length: count }, (_, order) => ({
    name: "bench",
    order,
    phase: "UNSPECIFIED_PHASE" as const,
    choices: [{ from: "config", link }],
  }));
  return { slots, bodyLimit: 1024, route: { name: "r", ai: false, mcp: false, services: [] } };
}

const steps: ChainSteps = {
  admit() {},
  reroute: () => chainOf(0),
  handle: () => Promise.resolve(answer),
  failed: () => answer,
  replied: () => answer,
  lastWords: () => undefined,
};

const exchange: PluginExchange = new LiveExchange(
  new Request("http://localhost/", { method: "POST" }),
  { secure: false },
  systemClock,
  watcher,
);

/** Microseconds a request. */
async function through(chain: Chain): Promise<number> {
  const begun = performance.now();
  for (let request = 0; request < REQUESTS; request++) await runChain(chain, exchange, steps, systemClock);
  return ((performance.now() - begun) * 1000) / REQUESTS;
}

async function direct(): Promise<number> {
  const call = { request: exchange.request } as unknown as Call;
  const begun = performance.now();
  for (let request = 0; request < REQUESTS; request++) {
    for (let at = 0; at < PLUGINS; at++) hook(call);
    await steps.handle();
  }
  return ((performance.now() - begun) * 1000) / REQUESTS;
}

const parts = { none: () => through(chainOf(0)), ten: () => through(chainOf(PLUGINS)), direct };
const least: Record<string, number> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(parts)) {
    least[name] = Math.min(least[name] ?? Infinity, await run());
  }
}
const { none = 0, ten = 0, direct: plain = 0 } = least;
console.log(
  `a chain of none: ${none.toFixed(3)} us, of ${PLUGINS}: ${ten.toFixed(3)} us; direct: ${plain.toFixed(3)} us`,
);
console.log(
  `a hook: ${((ten - none) / PLUGINS).toFixed(3)} us, called directly ${(plain / PLUGINS).toFixed(3)} us (${touched} calls)`,
);
