import type { Clock } from "./clock.ts";

/** Resolves after `delay` milliseconds, or as soon as the signal aborts. */
export function pause(clock: Clock, delay: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    cancel();
    resolve();
  };
  const cancel = clock.after(delay, () => {
    signal.removeEventListener("abort", stop);
    resolve();
  });
  signal.addEventListener("abort", stop, { once: true });
  return promise;
}
