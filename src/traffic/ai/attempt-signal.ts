import { Fault } from "../../core/fault.ts";
import type { Cancellation } from "../../core/upstream.ts";
import type { DeadlineWatch, Timed, Watched } from "../deadline-watch.ts";
import { type DeadlineCode, timeout } from "./upstream-body.ts";

/**
 * Ends one attempt for one of several reasons and remembers which: the client left, or a deadline passed. It watches its own deadlines: one
 * for the whole, and one for the wait under way, which it is to those who only begin and end waits.
 */
export class AttemptSignal implements Cancellation, Watched, Timed {
  #controller: AbortController | undefined;
  readonly #parent: AbortSignal;
  readonly #deadlines: DeadlineWatch;
  readonly #provider: string;
  readonly #onParent = (): void => this.abort(new Fault("client_closed", "The client left."));
  /** The ticks at which the whole, and the wait under way, have lasted too long. */
  #end = Number.POSITIVE_INFINITY;
  #total = 0;
  #late = Number.POSITIVE_INFINITY;
  #code: DeadlineCode = "first_byte_timeout";
  #limit = 0;
  /** Why the attempt was ended; undefined while it runs. */
  fault: Fault | undefined;
  onAbort: (() => void) | undefined;

  /** `provider` is the id that faults name. */
  constructor(parent: AbortSignal, deadlines: DeadlineWatch, provider: string) {
    this.#parent = parent;
    this.#deadlines = deadlines;
    this.#provider = provider;
    if (parent.aborted) this.#onParent();
    else {
      parent.addEventListener("abort", this.#onParent);
      deadlines.add(this);
    }
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

  /** The whole may last `total` milliseconds, of which `elapsed` are over; 0 is no limit. */
  limit(total: number, elapsed: number): void {
    if (total <= 0) return;
    this.#total = total;
    this.#end = this.#deadlines.lateAfter(Math.max(0, total - elapsed));
  }

  /** Begins a wait of at most `limit` milliseconds, in place of the one before; 0 is no limit. */
  begin(code: DeadlineCode, limit: number): void {
    this.#code = code;
    this.#limit = limit;
    this.wait();
  }

  wait(): void {
    this.#late = this.#limit > 0 ? this.#deadlines.lateAfter(this.#limit) : Number.POSITIVE_INFINITY;
  }

  done(): void {
    this.#late = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.done();
  }

  look(now: number): void {
    if (now >= this.#end) this.abort(timeout("total_timeout", this.#provider, this.#total));
    else if (now >= this.#late) this.abort(timeout(this.#code, this.#provider, this.#limit));
  }

  /** Lets go of deadlines and of the client's signal: the attempt is over. */
  release(): void {
    this.#parent.removeEventListener("abort", this.#onParent);
    this.#deadlines.forget(this);
  }
}
