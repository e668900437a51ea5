import { ERROR_CODES, McpError, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type {
  McpCall,
  McpServer,
  McpSession,
  ServerDescription,
  Subscription,
  SubscriptionFilter,
} from "#src/core/mcp/server.ts";
import type { JsonObject } from "#src/core/json.ts";
import { Listener } from "./listener.ts";
import type { Slot } from "./slot.ts";

/** Another server of the configuration, by its name: whatever stands in its place when it is asked. */
export class NamedServer implements McpServer {
  readonly #name: string;
  readonly #find: (name: string) => Slot | undefined;

  constructor(name: string, find: (name: string) => Slot | undefined) {
    this.#name = name;
    this.#find = find;
  }

  describe(call: McpCall): Promise<ServerDescription> | ServerDescription {
    return this.#slot().server.describe(call);
  }

  handle(request: McpRequest, call: McpCall): Promise<JsonObject> | JsonObject {
    return this.#slot().server.handle(request, call);
  }

  async listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    const tell = (notification: McpNotification): void => call.notify(notification);
    const listener = new Listener({ slot: this.#slot(), filter, call, passes: () => true, tell, end: () => {} });
    const honoured = await listener.open();
    listener.begin();
    return { honoured, close: () => listener.close() };
  }

  async notified(notification: McpNotification, call: McpCall): Promise<void> {
    await this.#slot().server.notified?.(notification, call);
  }

  async endSession(session: McpSession): Promise<void> {
    await this.#slot().server.endSession?.(session);
  }

  /** Whoever holds the place closes it. */
  async close(): Promise<void> {}

  #slot(): Slot {
    const slot = this.#find(this.#name);
    if (slot !== undefined) return slot;
    throw new McpError(ERROR_CODES.internalError, `There is no server '${this.#name}' any more.`);
  }
}
