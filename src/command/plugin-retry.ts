import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { Retry } from "../core/retry.ts";
import type { PluginFailure } from "../traffic/snapshot.ts";

/** What a retry works on. */
export interface PluginRetryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** Brings the configuration in once more. */
  readonly again: () => void;
}

/** Tries plugins again that could not be set to work: the server of a file may come back, and nothing of the configuration changes then. */
export class PluginRetry {
  readonly #options: PluginRetryOptions;
  readonly #pauses: Retry;
  /** What was said since all of them worked. */
  readonly #told = new Set<string>();
  #stop: (() => void) | undefined;

  constructor(options: PluginRetryOptions) {
    this.#options = options;
    this.#pauses = new Retry(options);
  }

  /** A configuration has come to work; these of its plugins have not. */
  settled(failures: readonly PluginFailure[]): void {
    const { clock, log, again } = this.#options;
    const now = new Map(failures.map(({ id, why }) => [JSON.stringify([id, why]), { plugin: id, problem: why }]));
    for (const [key, fields] of now) {
      if (!this.#told.has(key)) log.error("A plugin cannot be set to work: its failStrategy holds.", fields);
      this.#told.add(key);
    }
    this.#stop?.();
    this.#stop = undefined;
    if (now.size === 0) {
      this.#pauses.reset();
      this.#told.clear();
    } else this.#stop = clock.after(this.#pauses.next(), again);
  }

  close(): void {
    this.#stop?.();
  }
}
