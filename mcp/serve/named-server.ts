import { ERROR_CODES, McpError, type McpNotification } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import { Listener } from "./listener.ts";
import { ServerAround } from "./server-around.ts";
import type { Slot } from "./slot.ts";

/** Another server of the configuration, by its name: whatever stands in its place when it is asked. */
export class NamedServer extends ServerAround {
  readonly #name: string;
  readonly #find: (name: string) => Slot | undefined;

  constructor(name: string, find: (name: string) => Slot | undefined) {
    super();
    this.#name = name;
    this.#find = find;
  }

  protected inner(): McpServer {
    return this.#slot().server;
  }

  override async listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    const tell = (notification: McpNotification): void => call.notify(notification);
    const listener = new Listener({ slot: this.#slot(), filter, call, passes: () => true, tell, end: () => {} });
    const honoured = await listener.open();
    listener.begin();
    return { honoured, close: () => listener.close() };
  }

  /** Whoever holds the place closes it. */
  async close(): Promise<void> {}

  #slot(): Slot {
    const slot = this.#find(this.#name);
    if (slot !== undefined) return slot;
    throw new McpError(ERROR_CODES.internalError, `There is no server '${this.#name}' any more.`);
  }
}
