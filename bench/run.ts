/**
 * `bun bench/run.ts [--parts json,events,idle,slow,startup,pairs,codec] [--targets bare,hono,…] [--rounds N] [--requests N] [--streams N] [--no-peers]
 * [--json]`. README.md says how each figure comes about.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { codecPairs } from "./codec-pairs.ts";
import { eventCost, idleCost, jsonCost, slowReaderCost } from "./measure.ts";
import { run, type Running } from "./process.ts";
import { pairs, type Target, targets } from "./targets.ts";

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
    parts: { type: "string", default: "json,events,idle,slow,startup,pairs,codec" },
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
  /** The target that a target's figures are divided by. */
  readonly baseline: (target: string) => string;
  readonly rounds: number;
  /** Whether each round gets a process of its own. */
  readonly fresh: boolean;
  cost(target: Target, running: Running): number | Promise<number>;
}

const MIB = 1024 * 1024;
const WARM_UP = 3;
const PARTS: Readonly<Record<string, Part>> = {
  json: { unit: "us/request", baseline: () => "hono", rounds, fresh: false, cost: (t, r) => jsonCost(t, r, requests) },
  events: { unit: "us/event", baseline: () => "bare", rounds, fresh: false, cost: eventCost },
  idle: {
    unit: "KB/stream",
    baseline: () => "bare",
    rounds: 1,
    fresh: true,
    cost: async (t, r) => (await idleCost(t, r, Number(flags.streams))) / 1024,
  },
  slow: {
    unit: "MB",
    baseline: () => "bare",
    rounds: 1,
    fresh: true,
    cost: async (t, r) => (await slowReaderCost(t, r)) / MIB,
  },
  // Each pair of protocols beside the bare relay of the upstream's own stream.
  pairs: {
    unit: "us/event",
    baseline: (target) => `bare ${target.split(" ").at(-1)}`,
    rounds: Math.min(rounds, 4),
    fresh: false,
    cost: eventCost,
  },
  startup: { unit: "ms", baseline: () => "bare", rounds: 5, fresh: true, cost: (_, r) => r.startup },
};

const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function measure(name: string, part: Part, list: readonly Target[]): Promise<Figure[]> {
  const costs = new Map<string, number[]>(list.map((target) => [target.name, []]));
  const running = new Map<string, Running>();
  try {
    // The first rounds of a part that keeps its processes warm them up and are not counted: compiling goes on through them.
    for (let round = part.fresh ? 1 : 1 - WARM_UP; round <= part.rounds; round += 1) {
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
  return [...costs].map(([target, samples]) => {
    const base = costs.get(part.baseline(target)) ?? [];
    return {
      part: name,
      target,
      unit: part.unit,
      median: median(samples),
      min: Math.min(...samples),
      ratio: median(samples) / median(base),
      ratioOfMins: base.length === 0 ? Number.NaN : Math.min(...samples) / Math.min(...base),
    };
  });
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

/** What the codecs alone cost, in this process. */
function codecCosts(): Figure[] {
  return codecPairs().map(({ pair, sample }) => {
    const samples = Array.from({ length: rounds }, sample);
    const [middle, min] = [median(samples), Math.min(...samples)];
    return { part: "codec", target: pair, unit: "us", median: middle, min, ratio: Number.NaN, ratioOfMins: Number.NaN };
  });
}

const upstream = await run([process.execPath, join(import.meta.dir, "upstream.ts")]);
const wanted = flags.targets?.split(",");
const direct: Target = {
  name: "direct",
  wire: "openai",
  start: () => Promise.resolve({ ...upstream, stop: () => Promise.resolve() }),
};
try {
  const list = [direct, ...(await targets(upstream.url, !flags["no-peers"]))];
  const chosen = list.filter(({ name }) => wanted?.includes(name) ?? true);
  const all: Figure[] = [];
  for (const name of flags.parts.split(",")) {
    if (name === "codec") {
      const found = codecCosts();
      if (!flags.json) print(found);
      all.push(...found);
      continue;
    }
    const part = PARTS[name];
    if (part === undefined)
      throw new Error(`There is no part '${name}'; there are ${[...Object.keys(PARTS), "codec"].join(", ")}.`);
    // A process of its own is what is measured in these, and the upstream is not one.
    const own = name === "pairs" ? pairs(upstream.url) : chosen;
    const found = await measure(name, part, part.fresh ? own.filter((target) => target !== direct) : own);
    if (!flags.json) print(found);
    all.push(...found);
  }
  if (flags.json) console.log(JSON.stringify(all));
} finally {
  await upstream.stop();
}
process.exit(0);
