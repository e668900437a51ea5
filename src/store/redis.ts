import type { Redis, RedisOptions } from "ioredis";
import type { Log } from "../core/log.ts";
import type { Store } from "../core/store.ts";

/** What a Redis store may be given beside its URL. */
export interface RedisStoreOptions {
  /** Stands before every key and channel; `sluice:` when left out. */
  readonly prefix?: string;
  /** Milliseconds until a connection or a command counts as failed. */
  readonly timeout?: number;
  /** Told once when the server is lost, and once when it is back. */
  readonly log?: Log;
}

/** Adds to a counter and gives it its life with the first increment, in one step. */
const INCREMENT = `
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value`;

/** Adds to a list and gives it its life anew, in one step. */
const APPEND = `
redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/** How many values one step adds: Lua unpacks only so many. */
const BATCH = 1000;

/**
 * State shared by replicas in one Redis. Connects with the first use and comes back by itself after a loss; until then everything rejects
 * at once rather than queue. Throws an Error for a URL that is none; no error repeats the URL, which may hold a password.
 */
export function createRedisStore(
  url: string,
  { prefix = "sluice:", timeout = 2000, log }: RedisStoreOptions = {},
): Store {
  const options = connectionOptions(url, timeout);
  const commands = new Connection(options, log);
  const messages = new Subscriptions(new Connection(options), prefix);
  return {
    get: (key) => commands.run(async (redis) => (await redis.get(prefix + key)) ?? undefined),
    set: (key, value, ttl) =>
      commands.run(async (redis) => {
        await (ttl === undefined
          ? redis.set(prefix + key, value)
          : redis.set(prefix + key, value, "PX", Math.max(1, Math.ceil(ttl))));
      }),
    delete: (key) => commands.run(async (redis) => void (await redis.del(prefix + key))),
    increment: (key, by, ttl) =>
      commands.run(async (redis) =>
        Number(await redis.eval(INCREMENT, 1, prefix + key, by, Math.max(1, Math.ceil(ttl)))),
      ),
    append: (key, values, ttl) =>
      commands.run(async (redis) => {
        for (let at = 0; at < values.length; at += BATCH)
          await redis.eval(APPEND, 1, prefix + key, Math.max(1, Math.ceil(ttl)), ...values.slice(at, at + BATCH));
      }),
    list: (key) => commands.run((redis) => redis.lrange(prefix + key, 0, -1)),
    remove: (key, value) => commands.run(async (redis) => void (await redis.lrem(prefix + key, 0, value))),
    publish: (channel, message) => commands.run(async (redis) => void (await redis.publish(prefix + channel, message))),
    subscribe: (channel, receive) => messages.add(channel, receive),
    async close() {
      commands.close();
      messages.close();
    },
  };
}

function connectionOptions(text: string, timeout: number): RedisOptions {
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
class Connection {
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

type Receiver = (message: string) => void;

/** Channels on a connection of their own, as Redis wants it. The client subscribes again by itself after a loss. */
class Subscriptions {
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #receivers = new Map<string, Set<Receiver>>();
  #listening = false;

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  async add(name: string, receive: Receiver): Promise<() => Promise<void>> {
    const channel = this.#prefix + name;
    const receiver: Receiver = (message) => receive(message);
    const receivers = this.#receivers.get(channel) ?? new Set();
    this.#receivers.set(channel, receivers.add(receiver));
    try {
      await this.#connection.run(async (redis) => {
        this.#listen(redis);
        await redis.subscribe(channel);
      });
    } catch (error) {
      this.#remove(channel, receiver);
      throw error;
    }
    return async () => {
      if (this.#remove(channel, receiver))
        await this.#connection.run(async (redis) => void (await redis.unsubscribe(channel)));
    };
  }

  close(): void {
    this.#receivers.clear();
    this.#connection.close();
  }

  #listen(redis: Redis): void {
    if (this.#listening) return;
    this.#listening = true;
    redis.on("message", (channel: string, message: string) => {
      for (const receive of this.#receivers.get(channel) ?? []) receive(message);
    });
  }

  /** True when that was the channel's last receiver. */
  #remove(channel: string, receiver: Receiver): boolean {
    const receivers = this.#receivers.get(channel);
    if (receivers?.delete(receiver) !== true || receivers.size > 0) return false;
    return this.#receivers.delete(channel);
  }
}
