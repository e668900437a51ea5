import type { Clock } from "./clock.ts";
import type { Header } from "./header-list.ts";
import type { LogFields } from "./log.ts";
import type { Store } from "./store.ts";

/** What every plugin may use of the world, whatever it is written in. All of it is bounded, and counted for the plugin. */
export interface PluginHost {
  /** The name of the plugin's entry in the configuration. */
  readonly name: string;
  /** The entry says something else for some routes or hosts. */
  readonly hasRules: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  /** State that replicas share. Keys are the plugin's own to choose; begin them with its name. */
  readonly store: Store;
  /** State of this process, shared by the instances of this plugin, reloads included. */
  readonly shared: SharedData;
  log(level: PluginLogLevel, message: string, fields?: LogFields): void;
  /** Asks a service. Rejects with a {@link CalloutError}. */
  callout(request: Callout, signal?: AbortSignal): Promise<CalloutAnswer>;
  /** A connection to a Redis, one for each server and kept open. Throws an Error when the address cannot be one. */
  redis(server: RedisServer): RedisClient;
  /** A metric of the plugin's own; asking again gives the same. Throws an Error when the name is taken by another kind, or there are too many. */
  metric(kind: MetricKind, name: string): PluginMetric;
  /** A secret from the entry's `secrets`. */
  secret(name: string): string | undefined;
  /** Calls `run` every so many milliseconds, never twice at a time, until the configuration is replaced or the returned function called. */
  every(interval: number, run: () => void | Promise<void>): () => void;
}

/** Log levels of the proxy-wasm ABI. */
export type PluginLogLevel = "trace" | "debug" | "info" | "warn" | "error" | "critical";

/** A request that a plugin makes. */
export interface Callout {
  /**
   * Who is asked: a configured service by its name (Higress' forms are understood: `outbound|80||auth.static`, `auth.dns`), or an origin
   * (`https://auth.example.com:8443`), if the entry allows call-outs to it.
   */
  readonly upstream: string;
  /** The `Host` that is told; the upstream's own when left out. */
  readonly authority?: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: readonly Header[];
  readonly body?: Uint8Array | string;
  /** Milliseconds for the whole of it. */
  readonly timeout: number;
}

/** What was answered, its body whole. */
export interface CalloutAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Why a call-out has no answer. `denied`: the plugin may not ask there, or asks too often. */
export type CalloutFailure = "timeout" | "unreachable" | "denied" | "too_large" | "aborted";

/** A call-out without an answer. */
export class CalloutError extends Error {
  readonly failure: CalloutFailure;

  constructor(failure: CalloutFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CalloutError";
    this.failure = failure;
  }
}

/** Where a Redis is. */
export interface RedisServer {
  /** A configured service's name, or a host. */
  readonly host: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  /** Milliseconds for one command; 1000 when left out. */
  readonly timeout?: number;
}

/** An answer of a Redis (RESP). */
export type RedisReply = null | number | string | Uint8Array | RedisError | readonly RedisReply[];

/** An error that Redis answered with. */
export class RedisError extends Error {
  override readonly name = "RedisError";
}

/** A Redis. */
export interface RedisClient {
  /** Sends one command. Rejects when there is no answer in time; an error that Redis answers is a {@link RedisError}, rejected too. */
  command(args: readonly (string | Uint8Array)[]): Promise<RedisReply>;
}

/** Values with a number that grows with each change, so that two writers can see each other. */
export interface SharedData {
  get(key: string): SharedValue | undefined;
  /** Undefined deletes. With a `cas` that is not 0 and not the value's: nothing is changed, and the answer is false. Throws a RangeError when there would be too much. */
  set(key: string, value: Uint8Array | undefined, cas?: number): boolean;
  keys(): readonly string[];
}

/** A shared value. */
export interface SharedValue {
  readonly value: Uint8Array;
  readonly cas: number;
}

/** What a metric does: grows, goes up and down, or counts samples in buckets. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** One metric of a plugin. */
export interface PluginMetric {
  /** Adds to a counter or a gauge. */
  add(by: number): void;
  /** Sets a gauge, or notes a sample of a histogram. */
  record(value: number): void;
  /** A histogram's is the number of its samples. */
  readonly value: number;
}
