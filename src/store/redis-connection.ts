import type { Redis, RedisOptions } from "ioredis";
import type { Log } from "../core/log.ts";

/** Throws an Error, which does not repeat the text, when it is no URL of a Redis. */
export function connectionOptions(text: string, timeout: number): RedisOptions {
  const url = URL.parse(text);
  if (url === null || !["redis:", "rediss:"].includes(url.protocol) || url.hostname === "") {
    throw new Error("The store is not a URL such as redis://host:6379/0.");
  }
  const db = url.pathname.slice(1);
  if (!/^\d*$/.test(db)) throw new Error("The path of the store's URL must be a database number, such as /0.");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    host,
    port: url.port === "" ? 6379 : Number(url.port),
    db: Number(db),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.protocol === "rediss:" ? { tls: { servername: host } } : {}),
    // Every server and proxy speaks it; nothing here needs the newer one.
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeout,
    commandTimeout: timeout,
    retryStrategy: backOff,
  };
}

/** Milliseconds until the next try: 50, 100, 200 … 10,000, with a fifth of chance, so that replicas do not come back in step. */
function backOff(tries: number): number {
  return Math.min(50 * 2 ** Math.min(tries - 1, 20), 10_000) * (0.9 + Math.random() * 0.2);
}

/** One connection, made with the first use. */
export class RedisConnection {
  readonly #options: RedisOptions;
  readonly #log: Log | undefined;
  #redis: Promise<Redis> | undefined;
  #closed = false;
  #lost = false;

  constructor(options: RedisOptions, log?: Log) {
    this.#options = options;
    this.#log = log;
  }

  /** Runs commands on the connection once it stands; rejects with an Error fit to be shown. */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      if (this.#closed) throw new Error("the store is closed");
      this.#redis ??= this.#open();
      return await work(await this.#redis);
    } catch (error) {
      throw this.#shown(error);
    }
  }

  close(): void {
    this.#closed = true;
    // A connection still being made is closed when it stands or failed.
    this.#redis?.then(
      (redis) => redis.disconnect(),
      () => {},
    );
  }

  /** The client, connected or with its first try failed: from then on it reconnects by itself and commands fail until it has. */
  async #open(): Promise<Redis> {
    // Imported here: a gateway without Redis does not pay for the client.
    const { Redis } = await import("ioredis");
    const redis = new Redis({ ...this.#options, replyMapping: "legacy" });
    // Each command reports its own failure; an event nobody listens to would end the process.
    redis.on("error", (error) => this.#lose(error));
    redis.on("close", () => this.#lose(new Error("the connection ended")));
    redis.on("ready", () => this.#regain());
    await redis.connect().catch(() => {});
    if (this.#closed) redis.disconnect();
    return redis;
  }

  #lose(error: unknown): void {
    if (this.#lost || this.#closed) return;
    this.#lost = true;
    this.#log?.warn("The store is away: what replicas share is not shared until it is back.", {
      reason: this.#shown(error).message,
    });
  }

  #regain(): void {
    if (!this.#lost) return;
    this.#lost = false;
    this.#log?.info("The store is back.");
  }

  /** An Error without a cause: the client's own errors carry the command with its arguments, the password among them. */
  #shown(error: unknown): Error {
    const { host, port, password } = this.#options;
    const message = error instanceof Error ? error.message : "unknown error";
    const safe = password === undefined ? message : message.replaceAll(password, "***");
    return new Error(`Redis at ${host}:${port}: ${EXPLAINED[safe] ?? safe}`);
  }
}

/** What the client's own words mean. */
const EXPLAINED: Readonly<Record<string, string>> = {
  "Stream isn't writeable and enableOfflineQueue options is false": "not connected",
  "Connection is closed.": "not connected",
  "Command timed out": "no answer in time",
};
