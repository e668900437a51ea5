import type { EndpointHealth } from "./endpoint-health.ts";

/** How calls are spread over endpoints. */
export type LoadBalance = "round_robin" | "least_request";

/** Picks endpoints in turn, or the least busy one. */
export class EndpointChoice<T extends { readonly health: EndpointHealth }> {
  readonly #endpoints: readonly T[];
  readonly #method: LoadBalance;
  #turn = 0;

  constructor(endpoints: readonly T[], method: LoadBalance) {
    this.#endpoints = endpoints;
    this.#method = method;
  }

  /** One that is not among `tried`; when all rest, the one whose rest ends first. Undefined when all were tried. */
  pick(tried: ReadonlySet<T>): T | undefined {
    const [only] = this.#endpoints;
    if (this.#endpoints.length === 1 && only !== undefined) return tried.has(only) ? undefined : only;
    const open = this.#inTurn().filter((endpoint) => !tried.has(endpoint));
    const usable = open.filter(({ health }) => health.usable);
    if (usable.length === 0) return least(open, ({ health }) => health.restsUntil);
    return this.#method === "round_robin" ? usable[0] : least(usable, ({ health }) => health.active);
  }

  #inTurn(): readonly T[] {
    if (this.#endpoints.length < 2) return this.#endpoints;
    const at = this.#turn++ % this.#endpoints.length;
    return [...this.#endpoints.slice(at), ...this.#endpoints.slice(0, at)];
  }
}

/** Among equals the first. */
function least<T>(list: readonly T[], size: (one: T) => number): T | undefined {
  let best: T | undefined;
  for (const one of list) if (best === undefined || size(one) < size(best)) best = one;
  return best;
}
