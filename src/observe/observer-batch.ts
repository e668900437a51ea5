import type { Clock } from "../core/clock.ts";
import type { AccessRecord } from "../core/exchange.ts";
import type { Observer } from "../core/observer.ts";

/** Milliseconds a record waits for others. */
const DELAY = 10;

/** As many records are told of without waiting for more. */
const MOST = 256;

/**
 * Tells observers of requests some at a time. Each alone costs several times as much: whatever it needs has left the processor's caches
 * since the request before. Records reach each observer in their order, and an observer sees what those before it have made of them.
 */
export class ObserverBatch implements Observer {
  readonly #observers: readonly Observer[];
  readonly #clock: Clock;
  #records: AccessRecord[] = [];

  constructor(observers: readonly Observer[], clock: Clock) {
    this.#observers = observers;
    this.#clock = clock;
  }

  done(record: AccessRecord): void {
    this.#records.push(record);
    if (this.#records.length === 1) this.#clock.after(DELAY, () => this.flush());
    else if (this.#records.length >= MOST) this.flush();
  }

  /** Tells of what waits. */
  flush(): void {
    const records = this.#records;
    if (records.length === 0) return;
    this.#records = [];
    for (const observer of this.#observers) for (const record of records) observer.done(record);
  }
}
