import type { KnownServices } from "./known-services.ts";
import type { RegistryWatcher } from "./registry.ts";

/** A watcher that runs until it is closed. `run` ends when its signal aborts, and throws nothing. */
export function watchUntilClosed(
  known: KnownServices,
  run: (closing: AbortSignal) => Promise<unknown>,
): RegistryWatcher {
  const closing = new AbortController();
  const ended = run(closing.signal);
  return {
    get status() {
      return known.status;
    },
    async close() {
      known.close();
      closing.abort();
      await ended;
    },
  };
}
