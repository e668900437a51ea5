import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Store } from "../core/store.ts";

/** The longest a secret rests, in milliseconds, whatever a provider or another replica says. */
export const LONGEST_REST = 3_600_000;

/** Where replicas tell each other of resting secrets. */
const CHANNEL = "credential-cool-down";

/** What is known of one secret of one provider. */
export interface SecretHealth {
  /** Unix time in milliseconds until which the secret rests; 0 when it is well. */
  restsUntil: number;
  /** Failures in a row, a burst of simultaneous ones counted once. */
  strikes: number;
  /** It rests because the provider said 429. */
  limited?: boolean;
  /** Failures since the last success, where it takes several for a rest. */
  failures?: number;
  /** The provider itself said how long it is to rest. */
  timed?: boolean;
}

interface Entry extends SecretHealth {
  readonly provider: string;
  readonly secret: string;
  /** Configurations that use it. */
  uses: number;
  /** The name replicas share; undefined until the digest is made. */
  shared?: string;
}

/** What {@link CredentialHealth} lives on. */
export interface CredentialHealthOptions {
  readonly clock: Clock;
  /** Left out: cool-downs are this replica's own. */
  readonly store?: Store;
  readonly log?: Log;
}

/**
 * Which secrets rest, by provider and secret: it outlives reloads, and a new secret starts fresh. With a store, replicas tell each other;
 * nothing here ever waits for the store, and when it is away each replica goes on alone.
 */
export class CredentialHealth {
  readonly #clock: Clock;
  readonly #store: Store | undefined;
  readonly #log: Log | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #shared = new Map<string, Entry>();
  readonly #work = new Set<Promise<void>>();
  #unsubscribe: (() => Promise<void>) | undefined;
  #cancelRetry: () => void = () => {};
  #storeLost = false;
  #closed = false;

  constructor({ clock, store, log }: CredentialHealthOptions) {
    this.#clock = clock;
    this.#store = store;
    this.#log = log;
    if (store !== undefined) this.#spawn(this.#listen(store, 1000));
  }

  /** The health of a secret, held until `release` is called with the same arguments as often as this was. */
  hold(provider: string, secret: string): SecretHealth {
    const key = `${provider}\n${secret}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { provider, secret, uses: 0, restsUntil: 0, strikes: 0 };
      this.#entries.set(key, entry);
      if (this.#store !== undefined) this.#spawn(this.#introduce(entry, this.#store));
    }
    entry.uses++;
    return entry;
  }

  release(provider: string, secret: string): void {
    const key = `${provider}\n${secret}`;
    const entry = this.#entries.get(key);
    if (entry === undefined || --entry.uses > 0) return;
    this.#entries.delete(key);
    if (entry.shared !== undefined) this.#shared.delete(entry.shared);
  }

  /** Lets a secret rest for `milliseconds` from now, at most {@link LONGEST_REST}, unless it already rests longer. Tells the other replicas. */
  rest(health: SecretHealth, milliseconds: number): void {
    const until = this.#clock.now() + Math.min(milliseconds, LONGEST_REST);
    if (until <= health.restsUntil) return;
    health.restsUntil = until;
    const { shared } = health as Entry;
    if (this.#store !== undefined && shared !== undefined) this.#spawn(this.#tell(this.#store, shared, until));
  }

  /** Ends a secret's rest at once. Tells the other replicas. */
  wake(health: SecretHealth): void {
    health.restsUntil = 0;
    health.strikes = 0;
    health.failures = 0;
    const { shared } = health as Entry;
    const store = this.#store;
    if (store === undefined || shared === undefined) return;
    const over = async (): Promise<void> => {
      await Promise.all([store.delete(`cool-down:${shared}`), store.publish(CHANNEL, `0 ${shared}`)]);
    };
    this.#spawn(this.#attempt(over).then(() => {}));
  }

  /** Resolves when everything begun with the store so far is over, well or not. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Stops listening to the other replicas. The store itself stays open. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    await this.settled();
    await this.#unsubscribe?.().catch(() => {});
  }

  #spawn(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  /** Runs one thing with the store; a failure is logged once until the store is back. */
  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.#storeLost = false;
      return true;
    } catch (error) {
      if (!this.#storeLost) {
        this.#log?.warn("The store is away: credential cool-downs are not shared with other replicas.", {
          error: error instanceof Error ? error.message : "unknown",
        });
      }
      this.#storeLost = true;
      return false;
    }
  }

  async #listen(store: Store, retryIn: number): Promise<void> {
    const listening = await this.#attempt(async () => {
      this.#unsubscribe = await store.subscribe(CHANNEL, (message) => this.#hear(message));
    });
    if (listening || this.#closed) return;
    this.#cancelRetry = this.#clock.after(retryIn, () => {
      this.#spawn(this.#listen(store, Math.min(retryIn * 2, 60_000)));
    });
  }

  /** Gives an entry its shared name and asks whether it rests already. */
  async #introduce(entry: Entry, store: Store): Promise<void> {
    const name = await sharedName(entry.provider, entry.secret);
    if (entry.uses === 0) return;
    entry.shared = name;
    this.#shared.set(name, entry);
    // It may have failed while the digest was made.
    if (entry.restsUntil > this.#clock.now()) await this.#tell(store, name, entry.restsUntil);
    await this.#attempt(async () => {
      const until = await store.get(`cool-down:${name}`);
      if (until !== undefined) this.#learn(entry, Number(until));
    });
  }

  async #tell(store: Store, name: string, until: number): Promise<void> {
    await this.#attempt(async () => {
      const left = Math.max(1, until - this.#clock.now());
      await Promise.all([
        store.set(`cool-down:${name}`, String(until), left),
        store.publish(CHANNEL, `${until} ${name}`),
      ]);
    });
  }

  #hear(message: string): void {
    const gap = message.indexOf(" ");
    const entry = this.#shared.get(message.slice(gap + 1));
    if (entry !== undefined) this.#learn(entry, Number(message.slice(0, gap)));
  }

  #learn(entry: Entry, until: number): void {
    // Bounded, so that a replica with a wrong clock cannot put a secret away for good.
    if (!Number.isFinite(until)) return;
    if (until === 0) {
      entry.restsUntil = 0;
      return;
    }
    entry.restsUntil = Math.max(entry.restsUntil, Math.min(until, this.#clock.now() + LONGEST_REST));
  }
}

/** What replicas call a secret: the provider's id and a digest that does not lead back to the secret. */
async function sharedName(provider: string, secret: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${provider}\n${secret}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${provider}:${digest.slice(0, 16).toHex()}`;
}
