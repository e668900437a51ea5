import type { Clock } from "#src/core/clock.ts";

/** When an endpoint that cannot be reached is left out, and for how long. */
export interface EjectionOptions {
  /** Failed connections in a row. */
  readonly after: number;
  /** Milliseconds of the first time; each further time is twice as long. */
  readonly base: number;
  /** Milliseconds, the longest. */
  readonly longest: number;
}

const DEFAULTS: EjectionOptions = { after: 3, base: 1000, longest: 60_000 };

/** What is known of one endpoint, whoever uses it. */
export class EndpointState {
  /** Requests under way, until their answer's last byte. */
  active = 0;
  readonly #clock: Clock;
  readonly #options: EjectionOptions;
  #failures = 0;
  #ejections = 0;
  #outUntil = 0;

  constructor(clock: Clock, options: EjectionOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** False while it is left out. */
  get usable(): boolean {
    return this.#outUntil === 0 || this.#clock.monotonic() >= this.#outUntil;
  }

  /** A request goes there. After an ejection it is a trial: nobody else follows until it is over or `base` has passed. */
  begin(): void {
    this.active++;
    if (this.#ejections > 0 && this.usable) this.#outUntil = this.#clock.monotonic() + this.#options.base;
  }

  end(): void {
    this.active--;
  }

  /** It accepted a connection. */
  reached(): void {
    this.#failures = 0;
    this.#ejections = 0;
    this.#outUntil = 0;
  }

  /** It did not accept a connection. */
  unreachable(): void {
    this.#failures++;
    if (this.#failures < this.#options.after) return;
    const { base, longest } = this.#options;
    this.#outUntil = this.#clock.monotonic() + Math.min(longest, base * 2 ** this.#ejections);
    this.#ejections++;
    // The trial that follows must succeed at once.
    this.#failures = this.#options.after - 1;
  }
}

/** The endpoints' states by address. It outlives the configurations that use them: {@link EndpointHealth.hold} and release count the uses. */
export class EndpointHealth {
  readonly #clock: Clock;
  readonly #options: EjectionOptions;
  readonly #entries = new Map<string, { readonly state: EndpointState; uses: number }>();

  constructor(clock: Clock, options: Partial<EjectionOptions> = {}) {
    this.#clock = clock;
    this.#options = { ...DEFAULTS, ...options };
  }

  /** The state of an address, kept until `release` was called as often as this. */
  hold(address: string): EndpointState {
    let entry = this.#entries.get(address);
    if (entry === undefined) {
      entry = { state: new EndpointState(this.#clock, this.#options), uses: 0 };
      this.#entries.set(address, entry);
    }
    entry.uses++;
    return entry.state;
  }

  release(address: string): void {
    const entry = this.#entries.get(address);
    if (entry !== undefined && --entry.uses === 0) this.#entries.delete(address);
  }
}
