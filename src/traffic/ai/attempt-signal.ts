import type { Clock } from "../../core/clock.ts";
import { Fault } from "../../core/fault.ts";

/** Ends one attempt for one of several reasons and remembers which: the client left, or a deadline passed. */
export class AttemptSignal {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #clock: Clock;
  readonly #timers = new Set<() => void>();
  readonly #onParent = (): void => this.abort(new Fault("client_closed", "The client left."));
  /** Why the attempt was ended; undefined while it runs. */
  fault: Fault | undefined;

  constructor(parent: AbortSignal, clock: Clock) {
    this.#parent = parent;
    this.#clock = clock;
    if (parent.aborted) this.#onParent();
    else parent.addEventListener("abort", this.#onParent);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(fault: Fault): void {
    if (this.fault !== undefined) return;
    this.fault = fault;
    this.release();
    this.#controller.abort(fault);
  }

  /** Aborts with `fault` after `delay` milliseconds unless the returned function is called first; 0 means never. */
  limit(delay: number, fault: () => Fault): () => void {
    if (delay <= 0 || this.fault !== undefined) return () => {};
    const cancel = this.#clock.after(delay, () => this.abort(fault()));
    this.#timers.add(cancel);
    return () => {
      cancel();
      this.#timers.delete(cancel);
    };
  }

  /** Lets go of timers and of the client's signal: the attempt is over. */
  release(): void {
    this.#parent.removeEventListener("abort", this.#onParent);
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}
