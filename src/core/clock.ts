/** Time as a parameter, so that deadlines and cool-downs can be tested without waiting. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back. */
  monotonic(): number;
  /** Calls `run` once after `delay` milliseconds; the returned function cancels it. Does not keep the process alive. */
  after(delay: number, run: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delay, run) {
    const timer: unknown = setTimeout(run, delay);
    // Node-like hosts return an object that can be unreferenced; workers return a number.
    if (typeof timer === "object" && timer !== null && "unref" in timer) (timer as { unref(): void }).unref();
    return () => clearTimeout(timer as number);
  },
};
