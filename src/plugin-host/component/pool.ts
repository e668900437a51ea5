import type { Instance } from "./instance.ts";

/** What a pool is made of. */
export interface PoolOptions {
  /** A configured instance. */
  readonly open: () => Promise<Instance>;
  /** How many there may be. */
  readonly most: number;
  /** Guests that never wait serve everybody from one instance. */
  readonly waits: boolean;
}

/**
 * The instances of one configuration. A request keeps the instance of its first hook, since its state is there; a guest that waits is
 * given requests of its own as long as there may be more instances.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #instances: Instance[] = [];
  #opening = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** An instance for one more request: the idlest, or a new one where all are busy. */
  take(): Instance | Promise<Instance> {
    this.#instances.splice(0, Infinity, ...this.#instances.filter(({ dead }) => !dead));
    const idle = this.#idlest();
    const { waits, most } = this.#options;
    if (idle !== undefined && (!idle.busy || !waits || this.#instances.length + this.#opening >= most))
      return hold(idle);
    return this.#open().then(hold);
  }

  /** One more that can be given. */
  keep(instance: Instance): void {
    this.#instances.push(instance);
  }

  /** The request is over. */
  give(instance: Instance): void {
    instance.requests--;
  }

  /** Nobody is to be given one any more. */
  close(): void {
    for (const instance of this.#instances) instance.dead = true;
    this.#instances.length = 0;
  }

  async #open(): Promise<Instance> {
    this.#opening++;
    try {
      const instance = await this.#options.open();
      this.#instances.push(instance);
      return instance;
    } finally {
      this.#opening--;
    }
  }

  #idlest(): Instance | undefined {
    let best: Instance | undefined;
    for (const one of this.#instances) {
      if (best === undefined || weight(one) < weight(best)) best = one;
    }
    return best;
  }
}

function hold(instance: Instance): Instance {
  instance.requests++;
  return instance;
}

/** A hook under way counts more than any number of requests between their hooks. */
function weight({ busy, requests }: Instance): number {
  return (busy ? 1_000_000 : 0) + requests;
}
