import type { Link } from "./chain.ts";

/** A link and those who may still use it. */
interface Entry {
  readonly link: Promise<OpenLink>;
  uses: number;
}

/** A link that can be closed. */
export interface OpenLink {
  readonly link: Omit<Link, "hold">;
  close(): void;
}

/**
 * Links by their configuration. What a new configuration has not changed goes on with its state, its instances and its timers; what is in
 * none any more is closed when the last request that saw it is over.
 */
export class LinkPool {
  readonly #entries = new Map<string, Entry>();

  /** The link of `key`; made when there is none. What is returned is given back with `release`. */
  async take(key: string, make: () => Promise<OpenLink>): Promise<Link> {
    const known = this.#entries.get(key);
    const entry = known ?? { link: make(), uses: 0 };
    entry.uses++;
    if (known === undefined) this.#entries.set(key, entry);
    try {
      const { link } = await entry.link;
      return { ...link, hold: () => this.#hold(key, entry) };
    } catch (error) {
      entry.uses--;
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  release(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#drop(key, entry);
  }

  #hold(key: string, entry: Entry): () => void {
    entry.uses++;
    return () => this.#drop(key, entry);
  }

  #drop(key: string, entry: Entry): void {
    if (--entry.uses > 0) return;
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    void entry.link.then((open) => open.close());
  }
}
