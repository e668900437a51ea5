import type { Clock } from "#src/core/clock.ts";
import {
  type Callout,
  type CalloutAnswer,
  CalloutError,
  type MetricKind,
  type PluginHost,
  type PluginLogLevel,
  type PluginMetric,
  type RedisClient,
  type SharedData,
  type SharedValue,
} from "#src/core/plugin-host.ts";
import type { Store } from "#src/core/store.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { FakeClock } from "./fake-clock.ts";

/** What a fake host is told. */
export interface FakeHostOptions {
  readonly name?: string;
  readonly hasRules?: boolean;
  readonly clock?: FakeClock;
  readonly store?: Store;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Answers call-outs; left out: nobody can be reached. */
  readonly answer?: (request: Callout) => CalloutAnswer | Promise<CalloutAnswer>;
  readonly redis?: RedisClient;
}

/** A plugin's host for tests, which keeps what it is told. */
export interface FakePluginHost extends PluginHost {
  readonly lines: { readonly level: PluginLogLevel; readonly message: string }[];
  readonly callouts: Callout[];
  readonly metrics: ReadonlyMap<string, PluginMetric>;
  /** Runs what `every` was given for. */
  tick(): Promise<void>;
}

/** A host with a clock that stands still. */
export function fakePluginHost(options: FakeHostOptions = {}): FakePluginHost {
  const clock: Clock = options.clock ?? new FakeClock();
  const lines: FakePluginHost["lines"] = [];
  const callouts: Callout[] = [];
  const metrics = new Map<string, FakeMetric>();
  const ticks = new Set<() => void | Promise<void>>();
  return {
    name: options.name ?? "test",
    hasRules: options.hasRules ?? false,
    clock,
    random: () => 0.5,
    store: options.store ?? createMemoryStore({ clock }),
    shared: fakeSharedData(),
    lines,
    callouts,
    metrics,
    log(level, message) {
      lines.push({ level, message });
    },
    async callout(request) {
      callouts.push(request);
      if (options.answer === undefined) throw new CalloutError("unreachable", "Nobody is there.");
      return options.answer(request);
    },
    redis() {
      if (options.redis === undefined) throw new Error("There is no Redis here.");
      return options.redis;
    },
    metric(kind, name) {
      const metric = metrics.get(name) ?? new FakeMetric(kind);
      metrics.set(name, metric);
      return metric;
    },
    secret: (name) => options.secrets?.[name],
    every(_, run) {
      ticks.add(run);
      return () => ticks.delete(run);
    },
    async tick() {
      for (const run of ticks) await run();
    },
  };
}

function fakeSharedData(): SharedData {
  const values = new Map<string, SharedValue>();
  let changes = 0;
  return {
    get: (key) => values.get(key),
    set(key, value, cas = 0) {
      if (cas !== 0 && values.get(key)?.cas !== cas) return false;
      if (value === undefined) values.delete(key);
      else values.set(key, { value, cas: ++changes });
      return true;
    },
    keys: () => [...values.keys()],
  };
}

class FakeMetric implements PluginMetric {
  readonly kind: MetricKind;
  value = 0;

  constructor(kind: MetricKind) {
    this.kind = kind;
  }

  add(by: number): void {
    this.value += by;
  }

  record(value: number): void {
    this.value = this.kind === "histogram" ? this.value + 1 : value;
  }
}
