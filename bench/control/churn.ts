/**
 * `bun bench/control/churn.ts [--source kube|files] [--routes 10000] [--changes 1000] [--clients 16] [--streams 50] [--seed 1]`: random changes
 * of Ingresses, of the endpoints behind them and of a plugin on all of them, one after the other, while clients ask over kept connections and
 * streams are open. Every answer is looked at: it must be one of the configuration of before the change or of after it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { churn } from "#tests/support/own-churn/run.ts";

const { values } = parseArgs({
  options: {
    source: { type: "string", default: "kube" },
    routes: { type: "string", default: "10000" },
    changes: { type: "string", default: "1000" },
    clients: { type: "string", default: "16" },
    streams: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
  },
});

interface Measure {
  readonly cpu: number;
  readonly memory: number;
  readonly at: number;
}

const measures: Partial<Record<"begin" | "end", Measure>> = {};
console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}`);
const outcome = await churn({
  source: values.source === "files" ? "files" : "kube",
  routes: Number(values.routes),
  changes: Number(values.changes),
  clients: Number(values.clients),
  streams: Number(values.streams),
  seed: Number(values.seed),
  measured: async (pid, when) => {
    // What was freed shows a little later.
    if (when === "end") await Bun.sleep(2000);
    measures[when] = { cpu: cpuOf(pid), memory: memoryOf(pid), at: performance.now() };
  },
});
const { begin, end } = measures;
if (begin === undefined || end === undefined) throw new Error("nothing was measured");
const seconds = (end.at - begin.at) / 1000;
const sorted = outcome.delays.toSorted((a, b) => a - b);
const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
console.log(`start to the first good answer: ${outcome.cold.toFixed(0)} ms`);
console.log(`event to use: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
console.log(`requests: ${outcome.requests} (${(outcome.requests / seconds).toFixed(0)} a second)`);
console.log(
  `failed ${outcome.failed.length}, wrong ${outcome.wrong.length}, streams cut ${outcome.cut} (${outcome.events} events)`,
);
for (const what of [...outcome.failed, ...outcome.wrong].filter((one) => one !== "")) console.log(`  ${what}`);
console.log(
  `gateway: ${(((end.cpu - begin.cpu) / 1e6 / seconds) * 100).toFixed(0)} % of a processor, RSS ${mib(begin)} to ${mib(end)} MiB`,
);
console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}`);

function mib({ memory }: Measure): string {
  return (memory / 2 ** 20).toFixed(0);
}

/** Microseconds of all threads. */
function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((one) =>
    Number(readFileSync(`/proc/${pid}/task/${one}/schedstat`, "latin1").split(" ")[0]),
  );
  return spent.reduce((sum, one) => sum + one, 0) / 1000;
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024;
}
