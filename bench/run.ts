/**
 * `bun bench/run.ts [--parts json,events,idle,slow,startup] [--targets bare,hono,…] [--rounds N] [--requests N] [--streams N] [--no-peers]
 * [--json]`. README.md says how each figure comes about.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { eventCost, idleCost, jsonCost, slowReaderCost } from "./measure.ts";
import { run, type Running } from "./process.ts";
import { type Target, targets } from "./targets.ts";

interface Figure {
  readonly part: string;
  readonly target: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  /** Medians of this target and of the part's baseline, and their mins likewise. */
  readonly ratio: number;
  readonly ratioOfMins: number;
}

const { values: flags } = parseArgs({
  options: {
    parts: { type: "string", default: "json,events,idle,slow,startup" },
    targets: { type: "string" },
    rounds: { type: "string", default: "7" },
    requests: { type: "string", default: "10000" },
    streams: { type: "string", default: "9000" },
    "no-peers": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(flags.rounds);
const requests = Number(flags.requests);

interface Part {
  readonly unit: string;
  readonly baseline: string;
  readonly rounds: number;
  /** Whether each round gets a process of its own. */
  readonly fresh: boolean;
  cost(target: Target, running: Running): number | Promise<number>;
}

const MIB = 1024 * 1024;
const PARTS: Readonly<Record<string, Part>> = {
  json: { unit: "us/request", baseline: "hono", rounds, fresh: false, cost: (t, r) => jsonCost(t, r, requests) },
  events: { unit: "us/event", baseline: "bare", rounds, fresh: false, cost: eventCost },
  idle: {
    unit: "KB/stream",
    baseline: "bare",
    rounds: 1,
    fresh: true,
    cost: async (t, r) => (await idleCost(t, r, Number(flags.streams))) / 1024,
  },
  slow: {
    unit: "MB",
    baseline: "bare",
    rounds: 1,
    fresh: true,
    cost: async (t, r) => (await slowReaderCost(t, r)) / MIB,
  },
  startup: { unit: "ms", baseline: "bare", rounds: 5, fresh: true, cost: (_, r) => r.startup },
};

const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function measure(name: string, part: Part, list: readonly Target[]): Promise<Figure[]> {
  const costs = new Map<string, number[]>(list.map((target) => [target.name, []]));
  const running = new Map<string, Running>();
  try {
    // The first round of a part that keeps its processes warms them up and is not counted.
    for (let round = part.fresh ? 1 : 0; round <= part.rounds; round += 1) {
      for (const target of shuffled(list)) {
        note(`${name}: round ${round}, ${target.name}`);
        const process = running.get(target.name) ?? (await target.start());
        running.set(target.name, process);
        const cost = await part.cost(target, process);
        if (round > 0) costs.get(target.name)?.push(cost);
        if (part.fresh) {
          running.delete(target.name);
          await process.stop();
        }
      }
    }
  } finally {
    for (const process of running.values()) await process.stop();
  }
  return figures(name, part, costs);
}

function figures(name: string, part: Part, costs: ReadonlyMap<string, number[]>): Figure[] {
  const base = costs.get(part.baseline) ?? [];
  return [...costs].map(([target, samples]) => ({
    part: name,
    target,
    unit: part.unit,
    median: median(samples),
    min: Math.min(...samples),
    ratio: median(samples) / median(base),
    ratioOfMins: base.length === 0 ? Number.NaN : Math.min(...samples) / Math.min(...base),
  }));
}

function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** In random order, so that what the machine does beside does not always hit the same one. */
function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function print(all: readonly Figure[]): void {
  const number = (value: number, digits: number): string =>
    (Number.isFinite(value) ? value.toFixed(digits) : "-").padStart(9);
  console.log(
    `${"part".padEnd(9)}${"target".padEnd(20)}${"median".padStart(9)}${"min".padStart(9)}${"ratio".padStart(9)}  of mins  unit`,
  );
  for (const { part, target, unit, median: middle, min, ratio, ratioOfMins } of all) {
    const cells = [number(middle, 1), number(min, 1), number(ratio, 2), number(ratioOfMins, 2)];
    console.log(`${part.padEnd(9)}${target.padEnd(20)}${cells.join("")}  ${unit}`);
  }
}

const upstream = await run([process.execPath, join(import.meta.dir, "upstream.ts")]);
const wanted = flags.targets?.split(",");
const direct: Target = {
  name: "direct",
  wire: "openai",
  path: "/v1/chat/completions",
  start: () => Promise.resolve({ ...upstream, stop: () => Promise.resolve() }),
};
try {
  const list = [direct, ...(await targets(upstream.url, !flags["no-peers"]))];
  const chosen = list.filter(({ name }) => wanted?.includes(name) ?? true);
  const all: Figure[] = [];
  for (const name of flags.parts.split(",")) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`There is no part '${name}'; there are ${Object.keys(PARTS).join(", ")}.`);
    // A process of its own is what is measured in these, and the upstream is not one.
    const found = await measure(name, part, part.fresh ? chosen.filter((target) => target !== direct) : chosen);
    if (!flags.json) print(found);
    all.push(...found);
  }
  if (flags.json) console.log(JSON.stringify(all));
} finally {
  await upstream.stop();
}
process.exit(0);
