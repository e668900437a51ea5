/** What a guest may make its host do in one callback. Fuel bounds only what the guest does by itself. */
export interface BudgetLimits {
  readonly hostCalls: number;
  /** Bytes that are copied into the guest's memory or out of it. */
  readonly copiedBytes: number;
  readonly logLines: number;
  /** Call-outs, HTTP and Redis together, that may wait for an answer at a time. */
  readonly callouts: number;
}

/** Far above what plugins do, and far below what would be felt by others. */
export const BUDGET_LIMITS: BudgetLimits = {
  hostCalls: 50_000,
  copiedBytes: 256 * 1024 * 1024,
  logLines: 1000,
  callouts: 1000,
};

/** Counts what one callback has made its host do. */
export class CallBudget {
  readonly #limits: BudgetLimits;
  #hostCalls = 0;
  #copied = 0;
  #logLines = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  reset(): void {
    this.#hostCalls = 0;
    this.#copied = 0;
    this.#logLines = 0;
  }

  /** Throws an Error, which ends the guest, when there were too many. */
  hostCall(): void {
    if (++this.#hostCalls > this.#limits.hostCalls) {
      throw new Error(`it called its host more than ${this.#limits.hostCalls} times in one callback`);
    }
  }

  /** Throws likewise. */
  copied(bytes: number): void {
    this.#copied += bytes;
    if (this.#copied > this.#limits.copiedBytes) {
      throw new Error(`it moved more than ${this.#limits.copiedBytes} bytes in one callback`);
    }
  }

  /** Whether a line may still be logged. */
  logLine(): boolean {
    return ++this.#logLines <= this.#limits.logLines;
  }

  get logLinesDropped(): number {
    return Math.max(0, this.#logLines - this.#limits.logLines);
  }

  mayCallOut(waiting: number): boolean {
    return waiting < this.#limits.callouts;
  }
}
