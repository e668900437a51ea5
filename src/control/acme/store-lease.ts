import type { Clock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import type { Lease } from "./storage.ts";

/** A holder that is gone without a word loses its lease after so long, in milliseconds. */
const LEASE = 60_000;

/** A fence counts for so long from its first use: longer than any certificate. */
const FENCE_LIFE = 10 * 365 * 24 * 3_600_000;

/** Where a lease is kept. */
export interface LeaseKeys {
  readonly lease: string;
  readonly fence: string;
}

/** A lease in the store, renewed until it is released or lost. */
export class StoreLease implements Lease {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #key: string;
  readonly #id: string;
  readonly #lost = new AbortController();
  readonly fence: number;
  #cancel: () => void = () => undefined;
  #over = false;

  private constructor(store: Store, clock: Clock, key: string, id: string, fence: number) {
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
    this.#id = id;
    this.fence = fence;
  }

  /** Undefined while somebody else has it. */
  static async take(store: Store, clock: Clock, keys: LeaseKeys): Promise<StoreLease | undefined> {
    const id = crypto.randomUUID();
    if (!(await store.setIfAbsent(keys.lease, id, LEASE))) return undefined;
    const fence = await store.increment(keys.fence, 1, FENCE_LIFE);
    const lease = new StoreLease(store, clock, keys.lease, id, fence);
    lease.#renewLater();
    return lease;
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    this.#over = true;
    this.#cancel();
    // What cannot be released is over after its time.
    if (await this.#held().catch(() => false)) await this.#store.delete(this.#key).catch(() => undefined);
  }

  #renewLater(): void {
    this.#cancel = this.#clock.after(LEASE / 3, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const held = await this.#held()
      .then(async (mine) => mine && (await this.#store.touch(this.#key, LEASE)))
      .catch(() => false);
    if (this.#over) return;
    if (held) this.#renewLater();
    else this.#lost.abort(new Error("another replica has taken this over, or the store cannot be reached"));
  }

  async #held(): Promise<boolean> {
    return (await this.#store.get(this.#key)) === this.#id;
  }
}
