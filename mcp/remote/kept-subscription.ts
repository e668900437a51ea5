import type { Clock } from "#src/core/clock.ts";
import type { McpCall, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";

/** Milliseconds before a subscription that broke is tried again; each further time twice as long. */
const RETRY = 1000;
const LONGEST_RETRY = 60_000;

const LISTS: readonly (readonly [keyof SubscriptionFilter, string])[] = [
  ["toolsListChanged", "notifications/tools/list_changed"],
  ["promptsListChanged", "notifications/prompts/list_changed"],
  ["resourcesListChanged", "notifications/resources/list_changed"],
];

/** Opens a subscription; `ended` is to be called when it breaks. */
export type OpenSubscription = (ended: () => void) => Promise<Subscription>;

/** A subscription that is opened anew whenever it breaks, until it is closed or its call ends. Rejects when it cannot be opened at first. */
export async function keepSubscribed(clock: Clock, call: McpCall, open: OpenSubscription): Promise<Subscription> {
  const kept = new KeptSubscription(clock, call, open);
  await kept.begin();
  return kept;
}

class KeptSubscription implements Subscription {
  readonly #clock: Clock;
  readonly #call: McpCall;
  readonly #open: OpenSubscription;
  readonly #onAbort = (): void => this.close();
  #current: Subscription = { honoured: {}, close() {} };
  #over = false;
  #failures = 0;
  #stopTimer: (() => void) | undefined;

  constructor(clock: Clock, call: McpCall, open: OpenSubscription) {
    this.#clock = clock;
    this.#call = call;
    this.#open = open;
  }

  get honoured(): SubscriptionFilter {
    return this.#current.honoured;
  }

  async begin(): Promise<void> {
    this.#take(await this.#open(() => this.#broke()));
    if (this.#call.signal.aborted) this.close();
    else this.#call.signal.addEventListener("abort", this.#onAbort);
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer?.();
    this.#call.signal.removeEventListener("abort", this.#onAbort);
    this.#current.close();
  }

  #take(subscription: Subscription): void {
    this.#current = subscription;
    if (this.#over) subscription.close();
  }

  #broke(): void {
    if (this.#over) return;
    this.#stopTimer?.();
    const delay = Math.min(LONGEST_RETRY, RETRY * 2 ** Math.min(this.#failures++, 10));
    this.#stopTimer = this.#clock.after(delay, () => void this.#again());
  }

  async #again(): Promise<void> {
    if (this.#over) return;
    try {
      this.#take(await this.#open(() => this.#broke()));
      this.#failures = 0;
      this.#tellOfTheGap();
    } catch {
      this.#broke();
    }
  }

  /** What changed meanwhile nobody has told. */
  #tellOfTheGap(): void {
    if (this.#over) return;
    const { honoured } = this.#current;
    for (const [field, method] of LISTS) if (honoured[field] === true) this.#call.notify({ method, params: {} });
    for (const uri of honoured.resourceSubscriptions ?? []) {
      this.#call.notify({ method: "notifications/resources/updated", params: { uri } });
    }
  }
}
