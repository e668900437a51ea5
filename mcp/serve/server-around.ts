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

/** A server in the place of another one, which may be a different one with each request. */
export abstract class ServerAround implements McpServer {
  /** Who is asked now. Throws an McpError when there is nobody. */
  protected abstract inner(): McpServer;

  abstract close(): Promise<void>;

  describe(call: McpCall): Promise<ServerDescription> | ServerDescription {
    return this.inner().describe(call);
  }

  handle(request: McpRequest, call: McpCall): Promise<JsonObject> | JsonObject {
    return this.inner().handle(request, call);
  }

  listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    return this.inner().listen(filter, call);
  }

  async notified(notification: McpNotification, call: McpCall): Promise<void> {
    await this.inner().notified?.(notification, call);
  }

  async endSession(session: McpSession): Promise<void> {
    await this.inner().endSession?.(session);
  }
}
