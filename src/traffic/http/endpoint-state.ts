import type { Clock } from "#src/core/clock.ts";

/** When one endpoint is left out, and for how long. */
export interface EjectionLimits {
  /** Failures in a row. */
  readonly after: number;
  /** Milliseconds of the first time. */
  readonly base: number;
  /** Milliseconds, the longest. */
  readonly longest: number;
  /** Each further time is twice as long, and begins with one request that tries. Otherwise it is longer by `base`, and all come back at once. */
  readonly doubling: boolean;
  /** Answers from 500, and tries without an answer, are failures too; otherwise only connections that were not accepted. */
  readonly countsErrors: boolean;
}

/** What is known of one endpoint, whoever uses it. */
export class EndpointState {
  /** Requests under way, until their answer's last byte. */
  active = 0;
  readonly #clock: Clock;
  readonly #limits: EjectionLimits;
  readonly #mayEject: () => boolean;
  #failures = 0;
  #ejections = 0;
  #outUntil = 0;

  constructor(clock: Clock, limits: EjectionLimits, mayEject: () => boolean = () => true) {
    this.#clock = clock;
    this.#limits = limits;
    this.#mayEject = mayEject;
  }

  /** False while it is left out. */
  get usable(): boolean {
    return this.#outUntil === 0 || this.#clock.monotonic() >= this.#outUntil;
  }

  /** A request goes there. After an ejection it may be a trial: nobody else follows until it is over or `base` has passed. */
  begin(): void {
    this.active++;
    if (this.#limits.doubling && this.#ejections > 0 && this.usable)
      this.#outUntil = this.#clock.monotonic() + this.#limits.base;
  }

  end(): void {
    this.active--;
  }

  /** It answered; without a status: it accepted a connection. */
  reached(status = 200): void {
    if (status >= 500 && this.#limits.countsErrors) return this.#failed();
    this.#failures = 0;
    if (!this.#limits.doubling) return;
    this.#ejections = 0;
    this.#outUntil = 0;
  }

  /** It accepted a connection, and ended it without an answer. */
  broke(): void {
    if (this.#limits.countsErrors) this.#failed();
    else this.reached();
  }

  /** It did not answer in time, for whatever reason. */
  late(): void {
    if (this.#limits.countsErrors) this.#failed();
  }

  /** It did not accept a connection. */
  unreachable(): void {
    this.#failed();
  }

  #failed(): void {
    const { after, base, longest, doubling } = this.#limits;
    this.#failures++;
    // What was under way when it was left out says nothing new.
    if (this.#failures < after || (!doubling && !this.usable) || !this.#mayEject()) return;
    const now = this.#clock.monotonic();
    if (!doubling) this.#ejections = Math.max(0, this.#ejections - Math.floor((now - this.#outUntil) / base));
    const time = doubling ? base * 2 ** this.#ejections : base * (this.#ejections + 1);
    this.#outUntil = now + Math.min(longest, time);
    this.#ejections++;
    // A trial that follows must succeed at once.
    this.#failures = doubling ? after - 1 : 0;
  }
}
