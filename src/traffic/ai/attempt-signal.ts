import { Fault } from "../../core/fault.ts";
import type { Cancellation } from "../../core/upstream.ts";
import type { DeadlineWatch, Watched } from "../deadline-watch.ts";

/** Ends one attempt for one of several reasons and remembers which: the client left, or a deadline passed. */
export class AttemptSignal implements Cancellation {
  #controller: AbortController | undefined;
  readonly #parent: AbortSignal;
  readonly #deadlines: DeadlineWatch;
  readonly #watched: Watched[] = [];
  readonly #onParent = (): void => this.abort(new Fault("client_closed", "The client left."));
  /** Why the attempt was ended; undefined while it runs. */
  fault: Fault | undefined;
  onAbort: (() => void) | undefined;

  constructor(parent: AbortSignal, deadlines: DeadlineWatch) {
    this.#parent = parent;
    this.#deadlines = deadlines;
    if (parent.aborted) this.#onParent();
    else parent.addEventListener("abort", this.#onParent);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.fault !== undefined) this.#controller.abort(this.fault);
    return this.#controller.signal;
  }

  abort(fault: Fault): void {
    if (this.fault !== undefined) return;
    this.fault = fault;
    this.release();
    this.#controller?.abort(fault);
    this.onAbort?.();
  }

  /** Aborts with `fault` after `delay` milliseconds unless the returned function is called first; 0 means never. */
  limit(delay: number, fault: () => Fault): () => void {
    if (delay <= 0 || this.fault !== undefined) return nothing;
    const watched = this.#deadlines.watch(delay, () => this.abort(fault()));
    watched.wait();
    this.#watched.push(watched);
    return () => watched.close();
  }

  /** Lets go of deadlines and of the client's signal: the attempt is over. */
  release(): void {
    this.#parent.removeEventListener("abort", this.#onParent);
    for (const watched of this.#watched) watched.close();
  }
}

function nothing(): void {}
