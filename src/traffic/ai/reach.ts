import type { Clock } from "../../core/clock.ts";
import type { Host } from "../../core/host.ts";

/** How long an origin that answered is taken to be reachable, in milliseconds. */
const FRESH = 30_000;

/**
 * Tells an upstream that cannot be connected to from one that is slow. `fetch` shows no connection, so an origin that has not answered
 * lately gets a connection of our own beside the request; origins in use, whose connections are pooled, get none.
 */
export class Reach {
  readonly #answered = new Map<string, number>();
  readonly #clock: Clock;
  readonly #probe: Host["probe"] | undefined;

  /** Without `probe` (hosts that have no sockets) no origin is ever watched. */
  constructor(clock: Clock, probe: Host["probe"] | undefined) {
    this.#clock = clock;
    this.#probe = probe;
  }

  /** Notes that the origin of `url` answered. */
  answered(url: string): void {
    this.#answered.set(originOf(url), this.#clock.monotonic());
  }

  /** Calls `late` when no connection to the origin stands after `limit` milliseconds; the returned function stops watching. */
  watch(url: string, limit: number, late: () => void): () => void {
    const origin = originOf(url);
    const last = this.#answered.get(origin);
    if (this.#probe === undefined || limit <= 0 || (last !== undefined && this.#clock.monotonic() - last < FRESH)) {
      return () => {};
    }
    const { hostname, port, protocol } = new URL(origin);
    const probe = this.#probe(hostname.replace(/^\[|\]$/g, ""), Number(port) || (protocol === "https:" ? 443 : 80));
    const stopTimer = this.#clock.after(limit, () => {
      probe.cancel();
      late();
    });
    // A refused connection is told by the request itself, with a better reason.
    probe.connected.then(stopTimer, stopTimer);
    return () => {
      stopTimer();
      probe.cancel();
    };
  }
}

function originOf(url: string): string {
  const path = url.indexOf("/", url.indexOf("//") + 2);
  return path < 0 ? url : url.slice(0, path);
}
