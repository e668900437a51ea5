import type { Clock } from "../core/clock.ts";
import type { LogBatch, Store } from "../core/store.ts";
import { type EventId, formatEventId, parseEventId } from "./event-id.ts";
import { Follower } from "./follower.ts";
import { type LogPage, MARK, readPage, written } from "./log-page.ts";
import { digested, type SessionKeys, sessionKeys, wakeOf } from "./session-keys.ts";

/** What bounds the logs of all sessions. */
export interface EventLogOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Milliseconds that a stream's log outlives its last event or follower; half an hour when left out. */
  readonly ttl?: number;
  /** At least so many of a stream's newest events stay; 1000 when left out. */
  readonly maxLength?: number;
}

/**
 * The events of one session, in streams: each is a log in the store. Any replica appends, any replica follows; what was read once can be
 * read again from its event id, until it is too long ago. Methods reject when the store is away.
 */
export interface SessionLog {
  /**
   * Adds messages to a stream; answers their event ids. `last` ends the stream: who follows it is told. Whoever tries again what failed
   * names it by `batch`, or a message may come twice: the store may have added it and could not say so any more.
   */
  append(stream: string, messages: readonly string[], last?: boolean, batch?: LogBatch): Promise<readonly string[]>;
  /** Marks a stream's present end; answers the event id of the mark, from which all that comes can be read. */
  mark(stream: string): Promise<string>;
  /**
   * Where somebody who says no event id is to begin: after what the last follower that left had been given; at the begin when nobody
   * followed yet; at the end when a follower vanished.
   */
  position(stream: string): Promise<string>;
  /** At most `limit` events after an event id; undefined when the id is of no event that is left. */
  read(after: string, limit: number): Promise<LogPage | undefined>;
  /**
   * Follows a stream from an event id on, in place of whoever followed it before. Undefined when the id is of no event that is left: the
   * client must begin anew.
   */
  follow(after: string): Promise<Follower | undefined>;
  /** True for the first in five minutes who claims a name in this session, such as a request's id: the same request sent twice is known. */
  claim(name: string): Promise<boolean>;
  /** Removes the logs of these streams; who follows one is told that it is gone. */
  remove(streams: readonly string[]): Promise<void>;
}

/** Milliseconds that a name stays claimed: who sends a request once more does so soon. */
const CLAIM = 5 * 60_000;

/** The logs of sessions in a store. `id` is short and random. */
export function createEventLogs(options: EventLogOptions): (id: string) => SessionLog {
  return (id) => new StoreSessionLog(options, sessionKeys(id));
}

class StoreSessionLog implements SessionLog {
  readonly #options: EventLogOptions;
  readonly #store: Store;
  readonly #keys: SessionKeys;
  readonly #maxLength: number;
  readonly #ttl: number;

  constructor(options: EventLogOptions, keys: SessionKeys) {
    this.#options = options;
    this.#store = options.store;
    this.#keys = keys;
    this.#maxLength = options.maxLength ?? 1000;
    this.#ttl = options.ttl ?? 30 * 60_000;
  }

  async append(
    stream: string,
    messages: readonly string[],
    last = false,
    batch?: LogBatch,
  ): Promise<readonly string[]> {
    const ids = await this.#write(stream, written(messages, last), batch);
    return ids.slice(0, messages.length);
  }

  async mark(stream: string): Promise<string> {
    const [id = ""] = await this.#write(stream, [MARK]);
    return id;
  }

  async position(stream: string): Promise<string> {
    const left = await this.#store.get(this.#keys.left(stream));
    if (left !== undefined) return left;
    const followed = (await this.#store.get(this.#keys.holder(stream))) !== undefined;
    return followed ? this.mark(stream) : formatEventId({ stream, entry: undefined });
  }

  async read(after: string, limit: number): Promise<LogPage | undefined> {
    const id = parseEventId(after);
    return id && readPage(this.#store, this.#keys.log(id.stream), id, limit);
  }

  async follow(after: string): Promise<Follower | undefined> {
    const id = parseEventId(after);
    if (id === undefined || !(await this.#has(id))) return undefined;
    const { store, clock } = this.#options;
    const follower = new Follower({ store, clock, ttl: this.#ttl, keys: this.#keys }, id);
    await follower.start();
    return follower;
  }

  async #has({ stream, entry }: EventId): Promise<boolean> {
    return entry === undefined || (await this.#store.logRead(this.#keys.log(stream), entry, 1)) !== undefined;
  }

  async claim(name: string): Promise<boolean> {
    return this.#store.setIfAbsent(this.#keys.claim(await digested(name)), "1", CLAIM);
  }

  async remove(streams: readonly string[]): Promise<void> {
    for (const stream of streams) {
      const { log, holder, left } = this.#keys;
      await Promise.all([log, holder, left].map((key) => this.#store.delete(key(stream))));
      await this.#store.publish(this.#keys.channel, wakeOf.entries(stream));
    }
  }

  async #write(stream: string, values: readonly string[], batch?: LogBatch): Promise<string[]> {
    const entries = await this.#store.logAppend(this.#keys.log(stream), values, {
      maxLength: this.#maxLength,
      ttl: this.#ttl,
      ...(batch === undefined ? {} : { batch }),
      wake: { channel: this.#keys.channel, message: wakeOf.entries(stream) },
    });
    return entries.map((entry) => formatEventId({ stream, entry }));
  }
}
