import type { CallBudget } from "./call-budget.ts";
import type { StreamContext } from "./stream-context.ts";

/** A request to somebody else, and who is told of what became of it. */
export interface CalloutWork<Answer> {
  ask(signal: AbortSignal): Promise<Answer>;
  /** Tells the guest. `error` is what `ask` rejected with. */
  tell(token: number, answer: Answer | undefined, error: unknown): void;
}

/** The call-outs of one VM that have no answer yet. */
export class Callouts {
  readonly #budget: CallBudget;
  readonly #stop = new AbortController();
  /** How many wait for the root context alone. */
  ofRoot = 0;
  #waiting = 0;
  #last = 0;

  constructor(budget: CallBudget) {
    this.#budget = budget;
  }

  /** The token by which the guest is told; undefined when too many wait already. */
  start<Answer>(stream: StreamContext | undefined, work: CalloutWork<Answer>): number | undefined {
    if (this.#stop.signal.aborted || !this.#budget.mayCallOut(this.#waiting)) return undefined;
    const token = (this.#last = (this.#last % 0x7fff_ffff) + 1);
    this.#count(stream, 1);
    work
      .ask(this.#stop.signal)
      .then(
        (answer) => this.#tell(() => work.tell(token, answer, undefined)),
        (error: unknown) => this.#tell(() => work.tell(token, undefined, error)),
      )
      .finally(() => this.#count(stream, -1))
      .catch(() => {});
    return token;
  }

  /** Nobody is told of answers any more. */
  close(): void {
    this.#stop.abort();
  }

  #tell(tell: () => void): void {
    if (!this.#stop.signal.aborted) tell();
  }

  #count(stream: StreamContext | undefined, by: number): void {
    this.#waiting += by;
    if (stream === undefined) this.ofRoot += by;
    else stream.callouts += by;
    if (by < 0) stream?.wake();
  }
}
