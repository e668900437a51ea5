import type { JsonObject } from "#src/core/json.ts";
import type { McpNotification, McpRequest } from "#src/core/mcp/messages.ts";
import type {
  McpCall,
  McpServer,
  McpSession,
  ServerDescription,
  Subscription,
  SubscriptionFilter,
} from "#src/core/mcp/server.ts";

/** A server that is closed when nobody is waiting for it any more: a reload cuts no call. */
export class RetiringServer implements McpServer {
  readonly #server: McpServer;
  readonly #closed: () => void;
  #busy = 0;
  #retired = false;

  /** `closed` is called when the server has gone. */
  constructor(server: McpServer, closed: () => void) {
    this.#server = server;
    this.#closed = closed;
  }

  describe(call: McpCall): Promise<ServerDescription> | ServerDescription {
    return this.#counted(this.#server.describe(call));
  }

  handle(request: McpRequest, call: McpCall): Promise<JsonObject> | JsonObject {
    return this.#counted(this.#server.handle(request, call));
  }

  listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    return this.#server.listen(filter, call);
  }

  async notified(notification: McpNotification, call: McpCall): Promise<void> {
    await this.#server.notified?.(notification, call);
  }

  async endSession(session: McpSession): Promise<void> {
    await this.#server.endSession?.(session);
  }

  /** Closes it once its calls are over. */
  retire(): void {
    this.#retired = true;
    if (this.#busy === 0) void this.close();
  }

  async close(): Promise<void> {
    try {
      await this.#server.close();
    } finally {
      this.#closed();
    }
  }

  #counted<T>(result: Promise<T> | T): Promise<T> | T {
    if (!(result instanceof Promise)) return result;
    this.#busy += 1;
    return result.finally(() => {
      this.#busy -= 1;
      if (this.#retired && this.#busy === 0) void this.close();
    });
  }
}
