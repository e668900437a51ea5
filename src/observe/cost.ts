import type { AccessRecord } from "../core/exchange.ts";
import type { Observer } from "../core/observer.ts";
import type { Prices } from "./prices.ts";

/**
 * Fills in what a request cost. It stands before the observers that tell of it. `vendorOf` is the vendor's name of a configured
 * provider; the model is the one that answered, else the name the provider was asked under.
 */
export class CostObserver implements Observer {
  readonly #prices: Prices;
  readonly #vendorOf: (id: string) => string;

  constructor(prices: Prices, vendorOf: (id: string) => string) {
    this.#prices = prices;
    this.#vendorOf = vendorOf;
  }

  done(record: AccessRecord): void {
    const { provider, usage } = record;
    if (provider === undefined || usage === undefined) return;
    const vendor = this.#vendorOf(provider);
    for (const model of [record.modelUsed, record.attempts.at(-1)?.model]) {
      const cost = model === undefined ? undefined : this.#prices.cost(vendor, model, usage, provider);
      if (cost === undefined) continue;
      record.cost = cost;
      return;
    }
  }
}
