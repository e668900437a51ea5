import { join } from "node:path";
import type { Job, Outcome } from "./load.ts";
import type { Running } from "./process.ts";
import { PACED_EVENTS, PACED_STREAMS } from "./scenario.ts";
import type { Target } from "./targets.ts";

const CONNECTIONS = 64;
const LIMIT = 120_000;

interface Load {
  readonly outcome: Outcome;
  readonly stop: () => Promise<void>;
}

async function load(
  target: Target,
  running: Running,
  job: Pick<Job, "kind" | "connections" | "requests">,
): Promise<Load> {
  const { wire, prefix = "", headers = {} } = target;
  const whole: Job = { url: running.url, wire, prefix, headers, ...job };
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "load.ts"), JSON.stringify(whole)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const giveUp = setTimeout(() => child.kill(), LIMIT);
  let text = "";
  for await (const bytes of child.stdout) {
    text += new TextDecoder().decode(bytes);
    if (text.includes("\n")) break;
  }
  clearTimeout(giveUp);
  if (text === "") throw new Error(`The load client for ${target.name} did not finish.`);
  return {
    outcome: JSON.parse(text) as Outcome,
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

/** CPU microseconds of the gateway for each of `requests` JSON requests. */
export async function jsonCost(target: Target, running: Running, requests: number): Promise<number> {
  const before = running.cpu();
  const { outcome, stop } = await load(target, running, { kind: "json", connections: CONNECTIONS, requests });
  await stop();
  return checked(target, outcome.failed, (running.cpu() - before) / requests);
}

/** CPU microseconds of the gateway for each event of paced streams, the streams' own requests included. */
export async function eventCost(target: Target, running: Running): Promise<number> {
  const before = running.cpu();
  const job = { kind: "paced", connections: PACED_STREAMS, requests: PACED_STREAMS } as const;
  const { outcome, stop } = await load(target, running, job);
  await stop();
  return checked(target, outcome.failed, (running.cpu() - before) / (PACED_STREAMS * PACED_EVENTS));
}

/** Bytes of resident memory for each of `streams` open, silent streams. */
export async function idleCost(target: Target, running: Running, streams: number): Promise<number> {
  // What is allocated once, on first use, is no stream's own.
  await (await load(target, running, { kind: "idle", connections: 100, requests: 100 })).stop();
  await Bun.sleep(1000);
  const before = running.memory();
  const { outcome, stop } = await load(target, running, { kind: "idle", connections: streams, requests: streams });
  await Bun.sleep(2000);
  const cost = (running.memory() - before) / streams;
  await stop();
  return checked(target, outcome.failed, cost);
}

/** Bytes of growth five seconds after a reader of an endless stream stopped reading. */
export async function slowReaderCost(target: Target, running: Running): Promise<number> {
  const before = running.memory();
  const { outcome, stop } = await load(target, running, { kind: "flood", connections: 1, requests: 1 });
  let most = 0;
  for (let second = 0; second < 5; second += 1) {
    await Bun.sleep(1000);
    most = Math.max(most, running.memory() - before);
  }
  await stop();
  return checked(target, outcome.failed, most);
}

function checked(target: Target, failed: number, cost: number): number {
  if (failed > 0) throw new Error(`${failed} requests to ${target.name} failed; its figures would mean nothing.`);
  return cost;
}
