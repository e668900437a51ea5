import type { Clock } from "../clock.ts";

/** The addresses of a name, as the system finds them. Rejects when there are none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** How long an answer is kept: as long as the runtimes keep theirs. */
const KEPT = 30_000;

/** A look-up that takes longer has failed. */
const LIMIT = 5000;

const MAX_KEPT = 1000;

interface Kept {
  readonly addresses: Promise<readonly string[]>;
  readonly until: number;
}

/** Looks names up, each at most once in a while; a failure is not kept. */
export class Resolver {
  readonly #clock: Clock;
  readonly #lookup: Lookup;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, lookup: Lookup = systemLookup) {
    this.#clock = clock;
    this.#lookup = lookup;
  }

  resolve(host: string): Promise<readonly string[]> {
    const now = this.#clock.monotonic();
    const kept = this.#kept.get(host);
    if (kept !== undefined && kept.until > now) return kept.addresses;
    const addresses = this.#look(host);
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(host, { addresses, until: now + KEPT });
    addresses.catch(() => {
      if (this.#kept.get(host)?.addresses === addresses) this.#kept.delete(host);
    });
    return addresses;
  }

  async #look(host: string): Promise<readonly string[]> {
    const late = Promise.withResolvers<never>();
    const stop = this.#clock.after(LIMIT, () => late.reject(new Error(`The name '${host}' was not resolved in time.`)));
    try {
      return await Promise.race([this.#lookup(host), late.promise]);
    } finally {
      stop();
    }
  }
}

/** By the system, its hosts file included. Addresses of the family that works everywhere come first, as nobody races them here. */
async function systemLookup(host: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(host, { all: true });
  return found.toSorted((a, b) => a.family - b.family).map(({ address }) => address);
}
