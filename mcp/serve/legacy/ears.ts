import type { Clock } from "#src/core/clock.ts";

/** How long a client's `resources/subscribe` waits for its server to be listened to, in milliseconds. */
const PATIENCE = 2000;

/** What listens at servers for the sessions whose standing streams are on this replica. */
export class Ears {
  readonly #clock: Clock;
  readonly #open = new Map<string, Set<() => Promise<void>>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `renew` listens anew to what the session subscribes to. Returns what takes it out again. */
  add(session: string, renew: () => Promise<void>): () => void {
    const ears = this.#open.get(session) ?? new Set();
    this.#open.set(session, ears.add(renew));
    return () => {
      ears.delete(renew);
      if (ears.size === 0 && this.#open.get(session) === ears) this.#open.delete(session);
    };
  }

  /** Resolves when those of a session listen anew, or with false when there is none here. A server that takes long is not waited for. */
  async renew(session: string): Promise<boolean> {
    const ears = this.#open.get(session);
    if (ears === undefined) return false;
    const late = Promise.withResolvers<void>();
    const stop = this.#clock.after(PATIENCE, late.resolve);
    await Promise.race([Promise.all([...ears].map((renew) => renew())), late.promise]);
    stop();
    return true;
  }
}
