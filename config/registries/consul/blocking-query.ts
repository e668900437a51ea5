import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import { type JsonAnswer, requestJson } from "../json-request.ts";
import type { RegistryWorld } from "../registry.ts";

/** Two questions of the same query are at least so far apart, in milliseconds: a service that flaps must not keep Consul busy. */
const LEAST_APART = 50;

/** How a query is asked. */
export interface QueryOptions {
  /** The URL, without `index` and `wait`. */
  readonly url: () => URL;
  readonly headers: Readonly<Record<string, string>>;
  /** How long Consul may wait for a change, in milliseconds. */
  readonly wait: () => number;
  /** Waits for leave to ask; what it resolves to gives the leave back. */
  readonly leave: (signal: AbortSignal) => Promise<() => void>;
  readonly signal: AbortSignal;
  /** A new answer. Throws an Error for one that it can do nothing with. */
  readonly answered: (answer: JsonAnswer) => void;
  readonly failed: (error: unknown) => void;
}

/** A blocking query: asks again and again, each time from where it was, until its signal is aborted. */
export async function runQuery(world: RegistryWorld, options: QueryOptions): Promise<void> {
  const { signal } = options;
  const retry = new Retry(world);
  /** 0 asks for what is there now. */
  let index = 0;
  while (!signal.aborted) {
    const begun = world.clock.monotonic();
    let rest = LEAST_APART;
    try {
      const answer = await ask(world, options, index);
      const next = indexOf(answer);
      if (next === 0 || next !== index) options.answered(answer);
      // An index that goes backwards is that of another state: Consul was restored or restarted.
      index = next < index ? 0 : next;
      retry.reset();
      // Without an index there is nothing to wait for a change of.
      if (next === 0) rest = options.wait();
    } catch (error) {
      if (signal.aborted) return;
      options.failed(error);
      index = 0;
      rest = retry.next();
    }
    await pause(world.clock, Math.max(0, begun + rest - world.clock.monotonic()), signal);
  }
}

async function ask(world: RegistryWorld, options: QueryOptions, index: number): Promise<JsonAnswer> {
  const { url: make, headers, signal, leave } = options;
  const give = await leave(signal);
  try {
    const url = make();
    const wait = index === 0 ? 0 : options.wait();
    if (index > 0) {
      url.searchParams.set("index", String(index));
      url.searchParams.set("wait", `${Math.ceil(wait)}ms`);
    }
    // Consul adds up to a sixteenth to the wait.
    return await requestJson(world, { url: url.href, headers, signal, timeout: wait * 1.0625 + 10_000 });
  } finally {
    give();
  }
}

function indexOf({ headers }: JsonAnswer): number {
  const index = Number(headers.get("x-consul-index") ?? 0);
  return Number.isSafeInteger(index) && index > 0 ? index : 0;
}
