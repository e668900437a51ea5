import type { Instance } from "./instance.ts";

/** What a pool is made of. */
export interface PoolOptions {
  /** A configured instance. */
  readonly open: () => Promise<Instance>;
  /** How many there may be. */
  readonly most: number;
}

interface Waiter {
  readonly resolve: (instance: Instance) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The instances of one configuration. A request keeps the instance of its first hook, since its state is there; others use it between its
 * hooks. Where all instances are in the middle of a hook, a request waits for the first that is not, and one more is opened meanwhile.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #waiters: Waiter[] = [];
  #instances: Instance[] = [];
  #opening = false;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** An instance for one more request. */
  take(): Instance | Promise<Instance> {
    const instance = this.#idlest();
    if (instance !== undefined) return hold(instance);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#grow();
    });
  }

  /** One more that can be given. */
  keep(instance: Instance): void {
    instance.idle = () => this.#serve();
    instance.ended = () => this.#replace();
    this.#instances.push(instance);
  }

  /** The request is over. */
  give(instance: Instance): void {
    instance.requests--;
  }

  /** Nobody is to be given one any more. */
  close(): void {
    this.#closed = true;
    for (const instance of this.#instances) instance.dead = true;
    this.#instances = [];
    this.#refuse(new Error("the plugin was stopped"));
  }

  /** The next request is not to wait for another one to be opened. */
  #replace(): void {
    this.#instances = this.#instances.filter(({ dead }) => !dead);
    if (this.#instances.length === 0) this.#grow();
  }

  /** One at a time, and others between them: opening one may take longer than the answer that a hook waits for. */
  #grow(): void {
    if (this.#opening || this.#closed || this.#instances.length >= this.#options.most) return;
    this.#opening = true;
    this.#options.open().then(
      (instance) => {
        if (this.#closed) return;
        this.keep(instance);
        this.#serve();
        setTimeout(() => {
          this.#opening = false;
          if (this.#waiters.length > 0) this.#grow();
        });
      },
      (error: unknown) => {
        this.#opening = false;
        if (this.#instances.every(({ dead }) => dead)) this.#refuse(error);
      },
    );
  }

  #serve(): void {
    const instance = this.#waiters.length === 0 ? undefined : this.#idlest();
    if (instance === undefined) return;
    this.#waiters.shift()?.resolve(hold(instance));
    // Not at once: only when it has begun its hook the instance is seen to be busy.
    queueMicrotask(() => this.#serve());
  }

  #refuse(error: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  /** Of those without a hook under way, the one with the fewest requests. */
  #idlest(): Instance | undefined {
    let best: Instance | undefined;
    for (const one of this.#instances) {
      if (!one.dead && !one.busy && (best === undefined || one.requests < best.requests)) best = one;
    }
    return best;
  }
}

function hold(instance: Instance): Instance {
  instance.requests++;
  return instance;
}
