import type { Store } from "../core/store.ts";
import { digested } from "./session-keys.ts";

/** What a limit of sessions works with. */
export interface SessionLimitOptions {
  readonly store: Store;
  /** Begins the keys of its lists: what the sessions are of. */
  readonly place: string;
  /** How many sessions each subject may have at a time. */
  readonly most: number;
  /** Milliseconds that a session lives at most. */
  readonly life: number;
  /** Whether a session still lives, should nobody have said that it ended. */
  alive(id: string): Promise<boolean>;
}

/** Counts each subject's open sessions, for all replicas together. Methods reject when the store is away. */
export class SessionLimit {
  readonly #options: SessionLimitOptions;

  constructor(options: SessionLimitOptions) {
    this.#options = options;
  }

  /** Counts a session that lives already; false, and it does not count, when its subject has as many as it may. */
  async enter(subject: string, id: string): Promise<boolean> {
    const { store, most, life } = this.#options;
    const key = await this.#key(subject);
    // Written down first, then counted: of several that begin at once each sees those before it, so that never too many stay.
    await store.append(key, [id], life);
    const ids = await store.list(key);
    const before = ids.slice(0, Math.max(0, ids.indexOf(id)));
    if (before.length < most || (await this.#living(key, before)) < most) return true;
    await store.remove(key, id);
    return false;
  }

  async leave(subject: string, id: string): Promise<void> {
    await this.#options.store.remove(await this.#key(subject), id);
  }

  /** How many of them live; the others are counted no more. */
  async #living(key: string, ids: readonly string[]): Promise<number> {
    const living = await Promise.all(ids.map((id) => this.#options.alive(id)));
    const over = ids.filter((_, index) => living[index] !== true);
    await Promise.all(over.map((id) => this.#options.store.remove(key, id)));
    return ids.length - over.length;
  }

  async #key(subject: string): Promise<string> {
    return `sessions:${this.#options.place}:of:${await digested(subject)}`;
  }
}
