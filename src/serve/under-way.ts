/** Counts what a listener has under way: requests and WebSockets. */
export class UnderWay {
  #count = 0;
  #stopping = false;
  #idle: () => void = () => undefined;
  readonly #ended: () => void;

  /** `ended` is called after each end once the listener stops. */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  begin(): void {
    this.#count++;
  }

  end(): void {
    this.#count--;
    if (!this.#stopping) return;
    this.#ended();
    if (this.#count === 0) this.#idle();
  }

  /** From now on nothing new should come. */
  stop(): void {
    this.#stopping = true;
  }

  /** Resolves when nothing is under way any more. */
  over(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => (this.#idle = resolve));
  }
}
