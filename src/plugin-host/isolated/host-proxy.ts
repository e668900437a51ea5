import { systemClock } from "../../core/clock.ts";
import { isObject, type Json } from "../../core/json.ts";
import {
  CalloutError,
  type MetricKind,
  type PluginHost,
  type PluginMetric,
  type RedisClient,
  type RedisServer,
  type SharedData,
} from "../../core/plugin-host.ts";
import type { Header } from "../../core/header-list.ts";
import type { Store } from "../../core/store.ts";
import { readReply, type Sent, sendParts } from "./wire-values.ts";

/** In the process: the ways to ask the gateway something. */
export interface Asking {
  /** Stands still until it is answered. Throws what the gateway's host threw. */
  sync(method: string, args: readonly unknown[], blobs?: readonly Uint8Array[]): Sent;
  async(method: string, args: readonly unknown[], blobs?: readonly Uint8Array[]): Promise<Sent>;
  /** Is not answered. */
  tell(method: string, args: readonly unknown[]): void;
}

/** In the process: the host of one of the plugin's configurations. Time and chance are the process's own; all else is asked for. */
export function proxiedHost(
  facts: Pick<PluginHost, "name" | "hasRules">,
  asking: Asking,
): PluginHost & { close(): void } {
  const timers = new Set<() => void>();
  return {
    ...facts,
    clock: systemClock,
    random: Math.random,
    store: proxiedStore(asking),
    shared: proxiedShared(asking),
    log: (level, message, fields) => asking.tell("log", [level, message, fields ?? null]),
    async callout({ body, ...request }, signal) {
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
      const asked = asking.async("callout", [request], bytes === undefined ? [] : [bytes]);
      const { value, blobs } = await unlessAborted(asked, signal);
      const { status, headers } = value as unknown as { readonly status: number; readonly headers: readonly Header[] };
      return { status, headers, body: new Uint8Array(blobs[0] ?? []) };
    },
    redis: (server) => proxiedRedis(server, asking),
    metric: (kind, metric) => proxiedMetric(kind, metric, asking),
    secret: (secret) => orUndefined(asking.sync("secret", [secret]).value),
    every(interval, run) {
      const stop = repeat(interval, run);
      timers.add(stop);
      return () => {
        stop();
        timers.delete(stop);
      };
    },
    close() {
      for (const stop of timers) stop();
      timers.clear();
    },
  };
}

/** The gateway ends a call-out by itself; who has left is not made to wait for that. */
function unlessAborted(asked: Promise<Sent>, signal: AbortSignal | undefined): Promise<Sent> {
  if (signal === undefined) return asked;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(new CalloutError("aborted", "Nobody waits for the answer any more."));
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    asked.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

function orUndefined(value: Json): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function proxiedShared(asking: Asking): SharedData {
  return {
    get(key) {
      const { value, blobs } = asking.sync("shared.get", [key]);
      const [bytes] = blobs;
      return !isObject(value) || bytes === undefined ? undefined : { value: bytes, cas: Number(value["cas"]) };
    },
    set: (key, value, cas = 0) =>
      asking.sync("shared.set", [key, cas], value === undefined ? [] : [value]).value === true,
    keys: () => asking.sync("shared.keys", []).value as string[],
  };
}

function proxiedMetric(kind: MetricKind, name: string, asking: Asking): PluginMetric {
  asking.sync("metric.open", [kind, name]);
  return {
    add: (by) => asking.tell("metric.add", [kind, name, by]),
    record: (value) => asking.tell("metric.record", [kind, name, value]),
    get value() {
      return Number(asking.sync("metric.value", [kind, name]).value);
    },
  };
}

function proxiedRedis(server: RedisServer, asking: Asking): RedisClient {
  asking.sync("redis.open", [server]);
  return {
    async command(args) {
      const parts = sendParts(args);
      const { value, blobs } = await asking.async("redis.command", [server, parts.value], parts.blobs);
      return readReply(value, blobs);
    },
  };
}

function proxiedStore(asking: Asking): Store {
  const ask = async <T>(method: string, ...args: readonly unknown[]): Promise<T> =>
    (await asking.async(`store.${method}`, args)).value as T;
  const unknown = (what: string) => (): Promise<never> =>
    Promise.reject(new Error(`A plugin in a process of its own has no ${what}.`));
  return {
    get: async (key) => orUndefined(await ask("get", key)),
    set: (key, value, ttl) => ask("set", key, value, ttl ?? null),
    setIfAbsent: (key, value, ttl) => ask("setIfAbsent", key, value, ttl ?? null),
    delete: (key) => ask("delete", key),
    touch: (key, ttl) => ask("touch", key, ttl),
    increment: (key, by, ttl) => ask("increment", key, by, ttl),
    append: (key, values, ttl) => ask("append", key, values, ttl),
    list: (key) => ask("list", key),
    remove: (key, value) => ask("remove", key, value),
    logAppend: unknown("logs"),
    logRead: unknown("logs"),
    publish: unknown("messages"),
    subscribe: unknown("messages"),
    close: async () => {},
  };
}

function repeat(interval: number, run: () => void | Promise<void>): () => void {
  let stopped = false;
  let stop = systemClock.after(interval, turn);
  function turn(): void {
    Promise.resolve()
      .then(run)
      .catch((error: unknown) => console.error(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        if (!stopped) stop = systemClock.after(interval, turn);
      });
  }
  return () => {
    stopped = true;
    stop();
  };
}
