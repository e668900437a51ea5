/**
 * What a proxy-wasm guest costs a request: `bun bench/plugins/proxy-wasm.ts`. Guests of three languages and the same check in TypeScript, in
 * turn; each the least of the rounds, in microseconds. "hook" is the callback for the request's headers, with twenty of them; "request" is
 * all that a request costs that goes through the guest: its context, that callback, and the context's end.
 */
import { systemClock } from "#src/core/clock.ts";
import type { Filter, Hooks } from "#src/core/plugin.ts";
import { LiveCall } from "#src/plugin-host/live-call.ts";
import { createProxyWasmPlugin } from "#src/plugin-host/proxy-wasm/plugin.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { buildAssemblyScript, WASI_SHIM } from "#tests/support/proxy-wasm/assemblyscript.ts";
import { higressPlugin, higressPluginsMissing } from "#tests/support/proxy-wasm/higress.ts";
import { buildRust, rustMissing } from "#tests/support/proxy-wasm/rust.ts";

const REQUESTS = 5000;
const ROUNDS = 12;
const KEY_AUTH = { mode: "key-auth", key: "secret-1", consumer: "alice" };

const headers = new Headers({ "x-api-key": "secret-1" });
for (let header = 0; header < 19; header++) headers.set(`x-header-${header}`, `the value of header ${header}`);
const exchange = new LiveExchange(
  new Request("http://localhost/things?x=1", { headers }),
  { secure: false },
  systemClock,
  { held() {}, over() {} },
);
const route = { name: "r", ai: false, mcp: false, services: [] };

const native: Hooks = {
  requestHeaders({ request }) {
    if (request.headers.get("x-api-key") === KEY_AUTH.key) request.headers.set("x-mse-consumer", KEY_AUTH.consumer);
  },
};

/** Starts a guest, and says how long its VM took when the module was compiled. */
async function guest(name: string, bytes: Uint8Array, config: unknown): Promise<void> {
  const plugin = await createProxyWasmPlugin("bench", bytes);
  let start = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    const filter = await plugin.configure(config, fakePluginHost());
    start = Math.min(start, performance.now() - begun);
    if (round === ROUNDS - 1) filters[name] = filter;
    else filter.close?.();
  }
  console.log(`${name}: start ${start.toFixed(2)} ms`);
}

const filters: Record<string, Filter> = { TypeScript: native };
const file = (path: string): Promise<Uint8Array> => Bun.file(path).bytes();
const assembly = await buildAssemblyScript("contract", {
  flags: ["--config", WASI_SHIM, "--use", "abort=abort_proc_exit", "-O"],
});
await guest("AssemblyScript, key-auth", await file(assembly), KEY_AUTH);
if (rustMissing === undefined) await guest("Rust, key-auth", await file(await buildRust()), KEY_AUTH);
if (higressPluginsMissing === undefined) {
  const rules = { reqRules: [{ operate: "add", headers: [{ key: "x-mse-consumer", value: "alice" }] }] };
  await guest("Go, Higress' transformer adds a header", await higressPlugin("transformer"), rules);
}

/** Microseconds a request, and of them in the hook. */
async function ask(filter: Filter): Promise<{ readonly request: number; readonly hook: number }> {
  let inHook = 0;
  const begun = performance.now();
  for (let request = 0; request < REQUESTS; request++) {
    const call = new LiveCall(exchange, route);
    const hooks = "open" in filter ? filter.open(call) : filter;
    const called = performance.now();
    const verdict = hooks.requestHeaders?.(call);
    inHook += performance.now() - called;
    if (verdict instanceof Promise) await verdict;
    hooks.done?.(call);
  }
  return { request: ((performance.now() - begun) * 1000) / REQUESTS, hook: (inHook * 1000) / REQUESTS };
}

const least = new Map<string, { readonly request: number; readonly hook: number }>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, filter] of Object.entries(filters)) {
    const { request, hook } = await ask(filter);
    const before = least.get(name) ?? { request: Infinity, hook: Infinity };
    least.set(name, { request: Math.min(before.request, request), hook: Math.min(before.hook, hook) });
  }
}
for (const [name, { request, hook }] of least) {
  console.log(`${name}: hook ${hook.toFixed(2)} us, request ${request.toFixed(2)} us`);
}
process.exit(0);
