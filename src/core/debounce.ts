import type { Clock } from "./clock.ts";

/** How long changes are gathered, in milliseconds. */
export interface DebounceOptions {
  readonly clock: Clock;
  /** A burst is over when nothing has changed for so long; 10 when left out. */
  readonly quiet?: number;
  /** A burst that does not end is told nevertheless after so long; 1,000 when left out. */
  readonly longest?: number;
}

/**
 * Tells of changes, of a burst of them once. The first change after a quiet time is told as soon as the current turn of the event loop is
 * over; those that follow it closely are gathered until it is quiet again. While `run` is under way nothing is told: what changes meanwhile
 * is told after it. `run` deals with its own failures.
 */
export class Debounce {
  readonly #run: () => void | Promise<void>;
  readonly #clock: Clock;
  readonly #quiet: number;
  readonly #longest: number;
  /** When the last change came. */
  #last = Number.NEGATIVE_INFINITY;
  /** The first change that is not told yet, and when it will be. */
  #gathering: { readonly since: number; due: number } | undefined;
  #running = false;
  #closed = false;
  #stop: () => void = () => {};

  constructor(run: () => void | Promise<void>, { clock, quiet = 10, longest = 1000 }: DebounceOptions) {
    this.#run = run;
    this.#clock = clock;
    this.#quiet = quiet;
    this.#longest = longest;
  }

  /** Something has changed. */
  touch(): void {
    if (this.#closed) return;
    const now = this.#clock.monotonic();
    const rested = now - this.#last >= this.#quiet;
    this.#last = now;
    if (this.#gathering === undefined) this.#gathering = { since: now, due: rested ? now : now + this.#quiet };
    else if (this.#gathering.due > now) {
      this.#gathering.due = Math.min(now + this.#quiet, this.#gathering.since + this.#longest);
    } else return;
    this.#arm();
  }

  /** What has not been told by now is not told any more. */
  close(): void {
    this.#closed = true;
    this.#gathering = undefined;
    this.#stop();
  }

  #arm(): void {
    if (this.#running || this.#gathering === undefined) return;
    this.#stop();
    this.#stop = this.#clock.after(Math.max(0, this.#gathering.due - this.#clock.monotonic()), () => this.#tell());
  }

  #tell(): void {
    this.#gathering = undefined;
    this.#running = true;
    const ended = this.#run();
    if (ended === undefined) this.#done();
    else void ended.finally(() => this.#done());
  }

  #done(): void {
    this.#running = false;
    this.#arm();
  }
}
