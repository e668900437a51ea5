import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import type { LinkSession } from "./link-session.ts";

const LISTS: readonly (readonly [keyof SubscriptionFilter, string])[] = [
  ["toolsListChanged", "notifications/tools/list_changed"],
  ["promptsListChanged", "notifications/prompts/list_changed"],
  ["resourcesListChanged", "notifications/resources/list_changed"],
];

/** Somebody who listens to a server that comes and goes. */
export class SharedListener implements Subscription {
  readonly #filter: SubscriptionFilter;
  readonly #call: McpCall;
  readonly #left: () => void;
  #current: Subscription | undefined;
  honoured: SubscriptionFilter = {};
  closed = false;

  /** `left` is called when it is closed. */
  constructor(filter: SubscriptionFilter, call: McpCall, left: () => void) {
    this.#filter = filter;
    this.#call = { ...stranger(call), notify: (notification) => call.notify(notification) };
    this.#left = left;
  }

  /** Its server must run even when nobody asks it anything. */
  get needs(): boolean {
    return (this.honoured.resourceSubscriptions ?? []).length > 0;
  }

  /** The server runs. `again`: it has run before, and what changed meanwhile nobody has told. */
  async attach(session: LinkSession, again: boolean): Promise<void> {
    if (this.closed) return;
    const subscription = await session.listen(this.#filter, this.#call);
    if (this.closed) {
      subscription.close();
      return;
    }
    this.#current = subscription;
    this.honoured = subscription.honoured;
    if (again) this.#tellOfTheGap();
  }

  detach(): void {
    this.#current = undefined;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#current?.close();
    this.#left();
  }

  #tellOfTheGap(): void {
    for (const [field, method] of LISTS) {
      if (this.honoured[field] === true) this.#call.notify({ method, params: {} });
    }
    for (const uri of this.honoured.resourceSubscriptions ?? []) {
      this.#call.notify({ method: "notifications/resources/updated", params: { uri } });
    }
  }
}

/** The call as one of nobody's session: what a shared server asks or logs outside of requests is for no client in particular. */
function stranger(call: McpCall): McpCall {
  return {
    client: call.client,
    caller: call.caller,
    headers: call.headers,
    session: undefined,
    signal: call.signal,
    notify() {},
    ask: ({ method }: McpRequest) =>
      Promise.reject(new McpError(ERROR_CODES.internalError, `There is no one client that could answer ${method}.`)),
  };
}
