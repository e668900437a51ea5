import type { Entry } from "./push.ts";

/**
 * A client that refuses an answer may have left out what was good in it. So it is sent again in halves, until what it refuses stands
 * alone: one broken resource does not keep the others away. What was refused alone is tried once more when something else was taken, as
 * one may have stood in the other's way; after that only its change brings it back.
 */
export class Retries {
  #groups: (readonly Entry[])[] = [];
  #alone: Entry[] = [];
  #progress = false;

  /** Whether something is refused still. */
  get refusedAny(): boolean {
    return this.#groups.length > 0 || this.#alone.length > 0;
  }

  /** What is refused still. */
  get names(): readonly string[] {
    return [...this.#groups.flat(), ...this.#alone].map(({ name }) => name);
  }

  /** Something is sent, whatever for: it is not to be tried apart from that. */
  sent(entries: readonly Entry[]): void {
    if (!this.refusedAny) return;
    const names = new Set(entries.map(({ name }) => name));
    const isOther = ({ name }: Entry): boolean => !names.has(name);
    this.#groups = this.#groups.map((group) => group.filter(isOther)).filter(({ length }) => length > 0);
    this.#alone = this.#alone.filter(isOther);
  }

  /** Something was taken that may have been in the way of what was not. */
  taken(): void {
    this.#progress = this.#alone.length > 0;
  }

  refused(entries: readonly Entry[]): void {
    if (entries.length > 1) {
      const half = Math.ceil(entries.length / 2);
      this.#groups.push(entries.slice(0, half), entries.slice(half));
    } else this.#alone.push(...entries);
  }

  /** What to try next of what still holds; undefined when nothing is left to try. */
  next(holds: (entry: Entry) => boolean): readonly Entry[] | undefined {
    if (!this.refusedAny) return undefined;
    this.#alone = this.#alone.filter(holds);
    this.#groups = this.#groups.map((group) => group.filter(holds)).filter(({ length }) => length > 0);
    if (this.#groups.length === 0 && this.#progress) {
      this.#groups = this.#alone.map((entry) => [entry]);
      this.#alone = [];
    }
    if (this.#groups.length > 0) this.#progress = false;
    return this.#groups[0];
  }
}
