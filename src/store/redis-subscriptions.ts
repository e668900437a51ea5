import type { Redis } from "ioredis";
import type { RedisConnection } from "./redis-connection.ts";

interface Receiver {
  readonly receive: (message: string) => void;
  readonly regained: (() => void) | undefined;
}

/** Channels on a connection of their own, as Redis wants it. The client subscribes again by itself after a loss. */
export class RedisSubscriptions {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #receivers = new Map<string, Set<Receiver>>();
  #listening = false;

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  async add(name: string, receive: Receiver["receive"], regained?: () => void): Promise<() => Promise<void>> {
    const channel = this.#prefix + name;
    const receiver: Receiver = { receive, regained };
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
      for (const { receive } of this.#receivers.get(channel) ?? []) receive(message);
    });
    redis.on("ready", () => void this.#regain(redis));
  }

  /** The client subscribes again by itself, but does not tell when that is done; doing it once more does. */
  async #regain(redis: Redis): Promise<void> {
    const channels = [...this.#receivers.keys()];
    // A connection lost meanwhile comes back with another `ready`.
    if (channels.length > 0) await redis.subscribe(...channels).catch(() => {});
    for (const channel of channels) for (const { regained } of this.#receivers.get(channel) ?? []) regained?.();
  }

  /** True when that was the channel's last receiver. */
  #remove(channel: string, receiver: Receiver): boolean {
    const receivers = this.#receivers.get(channel);
    if (receivers?.delete(receiver) !== true || receivers.size > 0) return false;
    return this.#receivers.delete(channel);
  }
}
