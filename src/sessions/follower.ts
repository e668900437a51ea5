import type { Clock } from "../core/clock.ts";
import type { Store } from "../core/store.ts";
import { type EventId, formatEventId, parseEventId } from "./event-id.ts";
import { type LogEvent, readPage } from "./log-page.ts";
import { type SessionKeys, wakeOf } from "./session-keys.ts";

/** What a follower is told next. All but `events` is the end of it. */
export type Followed =
  | { readonly kind: "events"; readonly events: readonly LogEvent[] }
  /** The stream has ended and all of it was read. */
  | { readonly kind: "ended" }
  /** Events that were not read yet have gone: too many came, too long ago, or the store lost them. */
  | { readonly kind: "gone" }
  /** Somebody else follows the stream now. */
  | { readonly kind: "superseded" }
  /** {@link Follower.close} was called. */
  | { readonly kind: "closed" };

/** What a follower works with. */
export interface FollowerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ttl: number;
  readonly keys: SessionKeys;
}

/** Milliseconds after which a follower that nobody woke looks for itself: a wake may have been lost with a connection. */
const IDLE = 30_000;
/** Milliseconds until the store is tried again, at first and at most. */
const RETRY = { first: 100, most: 5000 };

/** One reader of a stream, woken when there is something to read. It reads what is asked for and holds nothing. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #stream: string;
  /** Who last wrote this as the stream's holder follows it; another value tells that it is somebody else. */
  readonly #token = crypto.randomUUID();
  #after: EventId;
  #end: Followed | undefined;
  /** There may be something to read. */
  #changed = true;
  /** The holder may have changed. */
  #contested = false;
  #retry = 0;
  #stopWaiting: (() => void) | undefined;
  #stopListening: (() => Promise<void>) | undefined;

  constructor(options: FollowerOptions, after: EventId) {
    this.#options = options;
    this.#stream = after.stream;
    this.#after = after;
  }

  /** Takes the stream over; rejects when the store is away. */
  async start(): Promise<void> {
    const { store, keys, ttl } = this.#options;
    // First heard, then read: what comes in between is not missed.
    this.#stopListening = await store.subscribe(
      keys.channel,
      (wake) => this.#hear(wake),
      () => this.#wake(true),
    );
    try {
      await store.set(keys.holder(this.#stream), this.#token, ttl);
      await store.delete(keys.left(this.#stream));
      await store.publish(keys.channel, wakeOf.holder(this.#stream));
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  /** The event id that was last handed out, or where following began. */
  get cursor(): string {
    return formatEventId(this.#after);
  }

  /** At most `limit` events, as soon as there is one; or how it ended. Not to be called again before it has resolved. Never rejects. */
  async next(limit: number): Promise<Followed> {
    while (this.#end === undefined) {
      const found = await this.#attempt(limit);
      if (found !== undefined) return found;
      if (this.#end === undefined && !this.#changed) await this.#wait();
    }
    await this.#stop();
    return this.#end;
  }

  /** Leaves the stream; the next one without an event id goes on from here. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return this.#stop();
    this.#finish({ kind: "closed" });
    const { store, keys, ttl } = this.#options;
    const left = store.set(keys.left(this.#stream), this.cursor, ttl);
    // Only a convenience: it must not keep anybody from leaving.
    await Promise.all([left.catch(() => {}), this.#stop()]);
  }

  async #attempt(limit: number): Promise<Followed | undefined> {
    try {
      const found = await this.#look(limit);
      this.#retry = 0;
      return found;
    } catch {
      this.#contested = true;
      this.#retry = Math.min(RETRY.most, this.#retry * 2 || RETRY.first);
      return undefined;
    }
  }

  async #look(limit: number): Promise<Followed | undefined> {
    const { store, keys } = this.#options;
    // Before the reading: who wakes during it has something newer.
    this.#changed = false;
    if (this.#contested) {
      this.#contested = false;
      const holder = await store.get(keys.holder(this.#stream));
      if (holder !== undefined && holder !== this.#token) return this.#finish({ kind: "superseded" });
    }
    const page = await readPage(store, keys.log(this.#stream), this.#after, limit);
    if (this.#end !== undefined) return undefined;
    if (page === undefined) return this.#finish({ kind: "gone" });
    this.#after = parseEventId(page.cursor) ?? this.#after;
    if (page.full) this.#changed = true;
    if (page.last) this.#finish({ kind: "ended" });
    return page.events.length > 0 ? { kind: "events", events: page.events } : undefined;
  }

  #finish(end: Followed): undefined {
    this.#end ??= end;
    this.#stopWaiting?.();
  }

  #hear(wake: string): void {
    if (wake === wakeOf.entries(this.#stream)) this.#wake(false);
    else if (wake === wakeOf.holder(this.#stream)) this.#wake(true);
  }

  #wake(contested: boolean): void {
    this.#changed = true;
    this.#contested ||= contested;
    this.#stopWaiting?.();
  }

  /** Until woken. */
  #wait(): Promise<void> {
    const { clock, ttl } = this.#options;
    return new Promise((resolve) => {
      const stopTimer = clock.after(this.#retry || Math.min(IDLE, ttl / 3), () => {
        void this.#renew();
        this.#wake(true);
      });
      this.#stopWaiting = () => {
        stopTimer();
        this.#stopWaiting = undefined;
        resolve();
      };
    });
  }

  /** A stream that somebody follows is not too old, however quiet. */
  async #renew(): Promise<void> {
    const { store, keys, ttl } = this.#options;
    const living = [keys.log(this.#stream), keys.holder(this.#stream)];
    await Promise.all(living.map((key) => store.touch(key, ttl).catch(() => false)));
  }

  async #stop(): Promise<void> {
    const stop = this.#stopListening;
    this.#stopListening = undefined;
    await stop?.().catch(() => {});
  }
}
