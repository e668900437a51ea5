/** Times a guest with fuel and without, in whatever runtime: `fuel-rounds.ts FILE`. Prints microseconds a call, of each kind of work, as JSON. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { Fuel } from "#src/plugin-host/wasm/fuel.ts";
import { meter } from "#src/plugin-host/wasm/meter.ts";

const WORK = ["hash", "scan", "sieve", "calls", "matrix", "blocks"] as const;
const CALLS = 4;
const ROUNDS = 600;
/** Until the engine's best compiler has been through. */
const WARM_UP = 2000;

type Exports = Readonly<Record<string, () => number>>;

const [, , file = ""] = process.argv;
const module = new Uint8Array(readFileSync(file));
const instance = (bytes: Uint8Array<ArrayBuffer>): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports;

const plain = instance(module);
const metered = instance(meter(module, { memoryPages: 64, fuel: true }));
const fuel = new Fuel();
fuel.attach(metered);

function time(exports: Exports, work: string): number {
  const run = exports[work];
  if (run === undefined) throw new Error(`The guest has no ${work}.`);
  fuel.refuel(2_000_000_000);
  const begun = performance.now();
  for (let call = 0; call < CALLS; call++) run();
  return ((performance.now() - begun) * 1000) / CALLS;
}

const seen = WORK.map((work) => ({ work, plain: [] as number[], metered: [] as number[] }));
for (const exports of [plain, metered]) {
  exports["prepare"]?.();
  for (const work of WORK) for (let turn = 0; turn < WARM_UP / CALLS; turn++) time(exports, work);
}
for (let round = 0; round < ROUNDS; round++) {
  for (const one of seen) {
    // Whichever is first finds the caches as another kind of work has left them.
    const first = Math.random() < 0.5;
    if (first) one.plain.push(time(plain, one.work));
    one.metered.push(time(metered, one.work));
    if (!first) one.plain.push(time(plain, one.work));
  }
}
console.log(JSON.stringify(seen));
