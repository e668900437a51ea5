import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type {
  MetricKind,
  PluginHost,
  PluginLogLevel,
  PluginMetric,
  RedisClient,
  RedisServer,
  SharedData,
} from "../core/plugin-host.ts";
import type { Store } from "../core/store.ts";
import { type CalloutService, createCallouts, serviceNamed } from "./callouts.ts";
import type { PluginWatch } from "./chain.ts";
import { LinkPool } from "./link-pool.ts";
import { ownStore } from "./own-store.ts";
import { createSharedData } from "./shared-data.ts";

/** Where plugins' metrics go. */
export interface PluginMetrics {
  /** How long one hook of a plugin took is told to what is returned, in milliseconds. */
  hook(plugin: string, hook: string): (duration: number) => void;
  failed(plugin: string, hook: string): void;
  /** `result`: `ok`, or why there was no answer. */
  calledOut(plugin: string, result: string, duration: number): void;
  metric(plugin: string, kind: MetricKind, name: string): PluginMetric;
}

/** A Redis that can be closed. */
export interface OpenRedis extends RedisClient {
  close(): Promise<void>;
}

/** What plugins are run with. */
export interface PluginWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly random: () => number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly metrics: PluginMetrics;
  /** Left out on hosts that have none. */
  readonly openRedis?: (server: RedisServer) => OpenRedis;
}

/** What one entry of the configuration may use. */
export interface HostOptions {
  readonly id: string;
  readonly hasRules: boolean;
  readonly secrets: Readonly<Record<string, string>>;
  /** Origins it may ask beside the configured services; `*`: any. */
  readonly origins: readonly string[];
  /** Of the store it has keys of its own alone. */
  readonly ownKeys: boolean;
}

/** A plugin's host, and what ends its timers. */
export interface OpenHost {
  readonly host: PluginHost;
  close(): void;
}

/** A call-out more than these at a time is a mistake, or an attack. */
const MAX_CALLOUTS = 1000;

/** What outlives configurations: links, shared data, connections. One for each gateway. */
export class PluginRuntime {
  readonly links: LinkPool = new LinkPool();
  readonly clock: Clock;
  /** The running configuration's services. */
  services: (name: string) => CalloutService | undefined = () => undefined;
  readonly #world: PluginWorld;
  readonly #shared = new Map<string, SharedData>();
  readonly #redis = new Map<string, OpenRedis>();

  constructor(world: PluginWorld) {
    this.#world = world;
    this.clock = world.clock;
  }

  /** Who sees what an entry's hooks come to. */
  watch(id: string): PluginWatch {
    const { metrics, log } = this.#world;
    const hooks = new Map<string, (duration: number) => void>();
    return {
      ran(hook, duration) {
        let told = hooks.get(hook);
        if (told === undefined) {
          told = metrics.hook(id, hook);
          hooks.set(hook, told);
        }
        told(duration);
      },
      failed(hook, error) {
        metrics.failed(id, hook);
        log.error("A plugin failed.", {
          plugin: id,
          hook,
          error: error instanceof Error ? error.message : String(error),
        });
      },
    };
  }

  open({ id, hasRules, secrets, origins, ownKeys }: HostOptions): OpenHost {
    const { clock, random, store, fetch, metrics, log } = this.#world;
    const callout = createCallouts(
      { clock, fetch, service: (name) => this.services(name) },
      { origins, most: MAX_CALLOUTS },
    );
    const timers = new Set<() => void>();
    const host: PluginHost = {
      name: id,
      hasRules,
      clock,
      random,
      store: ownKeys ? ownStore(store, id) : store,
      shared: this.#sharedOf(id),
      log(level, message, fields) {
        const own = LEVELS[level];
        if (own !== undefined) log[own](message, { plugin: id, ...fields });
      },
      async callout(request, signal) {
        const begun = clock.monotonic();
        try {
          const answer = await callout(request, signal);
          metrics.calledOut(id, "ok", clock.monotonic() - begun);
          return answer;
        } catch (error) {
          metrics.calledOut(id, failureOf(error), clock.monotonic() - begun);
          throw error;
        }
      },
      redis: (server) => this.#redisOf(server),
      metric: (kind, name) => metrics.metric(id, kind, name),
      secret: (name) => (Object.hasOwn(secrets, name) ? secrets[name] : undefined),
      every: (interval, run) => {
        const stop = repeat(clock, interval, run, (error) => this.watch(id).failed("done", error));
        timers.add(stop);
        return () => {
          stop();
          timers.delete(stop);
        };
      },
    };
    return {
      host,
      close() {
        for (const stop of timers) stop();
        timers.clear();
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#redis.values()].map((redis) => redis.close()));
  }

  #sharedOf(id: string): SharedData {
    const shared = this.#shared.get(id) ?? createSharedData();
    this.#shared.set(id, shared);
    return shared;
  }

  /** Where a service is may not be known yet while a configuration is made, and may change with the next one: it is looked up late. */
  #redisOf(server: RedisServer): RedisClient {
    const { openRedis } = this.#world;
    if (openRedis === undefined) throw new Error("There is no way to a Redis on this host.");
    return { command: async (args) => this.#openedRedis(server, openRedis).command(args) };
  }

  #openedRedis(server: RedisServer, open: (server: RedisServer) => OpenRedis): OpenRedis {
    const placed = { ...server, ...placeOf(serviceNamed(server.host, (name) => this.services(name))?.origins) };
    const key = JSON.stringify(placed);
    const redis = this.#redis.get(key) ?? open(placed);
    this.#redis.set(key, redis);
    return redis;
  }
}

const LEVELS: Readonly<Record<PluginLogLevel, keyof Log | undefined>> = {
  trace: undefined,
  debug: undefined,
  info: "info",
  warn: "warn",
  error: "error",
  critical: "error",
};

function failureOf(error: unknown): string {
  return error instanceof Error && "failure" in error ? String(error.failure) : "failed";
}

function placeOf(origins: readonly string[] | undefined): Partial<RedisServer> {
  const [origin] = origins ?? [];
  if (origin === undefined) return {};
  const { hostname, port } = new URL(origin);
  return { host: hostname, ...(port === "" ? {} : { port: Number(port) }) };
}

/** Runs again and again, never twice at a time. */
function repeat(
  clock: Clock,
  interval: number,
  run: () => void | Promise<void>,
  failed: (error: unknown) => void,
): () => void {
  let stopped = false;
  let stop = clock.after(interval, turn);
  function turn(): void {
    Promise.resolve()
      .then(run)
      .catch(failed)
      .finally(() => {
        if (!stopped) stop = clock.after(interval, turn);
      });
  }
  return () => {
    stopped = true;
    stop();
  };
}
