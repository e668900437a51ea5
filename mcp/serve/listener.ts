import { CallAround } from "#src/core/mcp/call-around.ts";
import type { McpNotification } from "#src/core/mcp/messages.ts";
import type { McpCall, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import type { Slot } from "./slot.ts";
import { honouredOf, LISTS } from "./subscription-filter.ts";

/** How a listener tells what it hears. */
export interface ListenerOptions {
  readonly slot: Slot;
  readonly filter: SubscriptionFilter;
  /** Who listens; its `notify` is not used. */
  readonly call: McpCall;
  /** Whether the client is to hear of it. */
  passes(notification: McpNotification, honoured: SubscriptionFilter): boolean;
  tell(notification: McpNotification): void;
  /** There is nothing more to hear: the server is gone from the configuration. */
  end(): void;
}

/** What may wait until the client knows that it listens. */
const MAX_EARLY = 100;

/** One client's ear at a server, that goes on when another server takes the place. */
export class Listener {
  readonly #options: ListenerOptions;
  #subscription: Subscription | undefined;
  #honoured: SubscriptionFilter = {};
  #early: McpNotification[] | undefined = [];
  #unwatch: () => void = () => {};
  #closed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Begins to listen; resolves with what is honoured. Nothing is told before `begin`. Rejects with what the server rejects with. */
  async open(): Promise<SubscriptionFilter> {
    const { slot } = this.#options;
    this.#unwatch = slot.watch({ changed: () => void this.#moved(), removed: () => this.#options.end() });
    await this.#listen();
    return this.#honoured;
  }

  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const notification of early) this.#options.tell(notification);
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    this.#subscription?.close();
  }

  async #listen(): Promise<void> {
    const { slot, filter, call } = this.#options;
    const { server } = slot;
    const { capabilities } = await server.describe(call);
    const subscription = await server.listen(
      filter,
      new ListeningCall(call, (notification) => this.#heard(notification)),
    );
    if (this.#closed) return subscription.close();
    this.#subscription = subscription;
    this.#honoured = honouredOf(filter, capabilities, subscription.honoured);
  }

  #heard(notification: McpNotification): void {
    if (this.#closed || !this.#options.passes(notification, this.#honoured)) return;
    if (this.#early === undefined) this.#options.tell(notification);
    else if (this.#early.length < MAX_EARLY) this.#early.push(notification);
  }

  /** Another server stands in the place: whatever was listed before may be different now. */
  async #moved(): Promise<void> {
    this.#subscription?.close();
    this.#subscription = undefined;
    // A server that cannot be asked now may be later; the client finds out when it lists.
    await this.#listen().catch(() => {});
    for (const { method } of LISTS) this.#heard({ method, params: {} });
  }
}

/** The listener's call, its notifications going to the listener. */
class ListeningCall extends CallAround {
  readonly #heard: (notification: McpNotification) => void;

  constructor(call: McpCall, heard: (notification: McpNotification) => void) {
    super(call);
    this.#heard = heard;
  }

  override notify(notification: McpNotification): void {
    this.#heard(notification);
  }
}
