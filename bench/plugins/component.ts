/**
 * What a component's hooks cost, called directly and through jco's glue, in turn: `bun bench/plugins/component.ts`. The guest is
 * guest.c, built here. Each figure is the least of the rounds.
 */
import { join } from "node:path";
import type { Bytes, Call, Hooks } from "#src/core/plugin.ts";
import { createComponentPlugin } from "#src/plugin-host/component/plugin.ts";
import { fakeCall } from "#tests/support/fake-call.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { componentInC } from "#tests/support/component/c.ts";

const ROUNDS = 25;
const FUEL = 20_000_000;

const source = await Bun.file(join(import.meta.dir, "guest.c")).text();
const bytes = await Bun.file(await componentInC("bench", source)).bytes();
const headers = Object.fromEntries(Array.from({ length: 19 }, (_, at) => [`x-header-${at}`, `value ${at}`]));
const call = fakeCall({ headers: { ...headers, "x-api-key": "secret-1" } });
const body: Bytes = new Uint8Array(65_536).fill(65);

/** One way of calling the guest. */
interface Way {
  readonly name: string;
  readonly open: (call: Call) => Hooks;
}

async function way(name: string, options: { readonly glue?: boolean; readonly fuel: number }): Promise<Way> {
  const { glue = false, fuel } = options;
  const plugin = await createComponentPlugin(bytes, { glue, limits: { memoryPages: 1024, fuel, instances: 4 } });
  const filter = await plugin.configure({ key: "secret-1", consumer: "alice" }, fakePluginHost());
  if (!("open" in filter)) throw new Error("the guest has no state");
  return { name, open: (one) => filter.open(one) };
}

const [direct, glued, unlimited] = [
  await way("direct", { fuel: FUEL }),
  await way("jco's glue", { fuel: FUEL, glue: true }),
  await way("direct, no fuel", { fuel: 0 }),
];

/** A figure: what is done so many times in a round. */
interface Figure {
  readonly name: string;
  readonly times: number;
  readonly ways: readonly Way[];
  readonly run: (way: Way, hooks: Hooks) => unknown;
}

const FIGURES: readonly Figure[] = [
  { name: "key-auth", times: 5000, ways: [direct, glued], run: (_, hooks) => hooks.requestHeaders?.(call) },
  { name: "64 KB body in", times: 2000, ways: [direct, glued], run: (_, hooks) => hooks.requestBody?.(call, body) },
  {
    name: "an instance from the pool, key-auth, and back",
    times: 5000,
    ways: [direct, glued],
    run(one) {
      const opened = one.open(call);
      const said = opened.requestHeaders?.(call);
      opened.done?.(call);
      return said;
    },
  },
  {
    name: "64 KB body hashed",
    times: 200,
    ways: [direct, unlimited],
    run: (_, hooks) => hooks.responseBody?.(call, body),
  },
];

for (const { name, times, ways, run } of FIGURES) {
  const least = ways.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, one] of ways.entries()) {
      const hooks = one.open(call);
      const begun = performance.now();
      for (let turn = 0; turn < times; turn++) run(one, hooks);
      least[index] = Math.min(least[index] ?? Infinity, ((performance.now() - begun) * 1000) / times);
      hooks.done?.(call);
    }
  }
  for (const [index, one] of ways.entries()) console.log(`${name}, ${one.name}: ${least[index]?.toFixed(2)} µs`);
}
