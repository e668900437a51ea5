import type { RegistryWorld } from "./registry.ts";

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Pauses between attempts: each twice as long as the one before up to half a minute, cut by a random part of up to a half. */
export class Retry {
  readonly #random: () => number;
  #failures = 0;

  constructor({ random }: Pick<RegistryWorld, "random">) {
    this.#random = random;
  }

  /** Milliseconds until the next attempt, after one that failed. */
  next(): number {
    const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 20));
    return whole * (1 - this.#random() / 2);
  }

  /** An attempt did not fail. */
  reset(): void {
    this.#failures = 0;
  }
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export function pause({ clock }: Pick<RegistryWorld, "clock">, delay: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const stop = clock.after(delay, end);
    signal.addEventListener("abort", end);
  });
}
