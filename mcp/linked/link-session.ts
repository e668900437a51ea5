import type { JsonObject } from "#src/core/json.ts";
import type { McpNotification, McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, ServerDescription, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";

/** A connection to one running server, of either era. */
export interface LinkSession {
  readonly description: ServerDescription;
  /** Requests that wait. */
  readonly waiting: number;
  readonly alive: boolean;
  /** Rejects with an McpError. */
  request(request: McpRequest, call: McpCall): Promise<JsonObject>;
  listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription>;
  notified(notification: McpNotification): Promise<void>;
  /** `end`: the server is told that the session is over. */
  close(end: boolean): Promise<void>;
}

/** Whom a server speaks with. */
export interface LinkClient {
  readonly capabilities: JsonObject;
  readonly info: JsonObject;
  /** Clients use the connection that know nothing of each other. */
  readonly shared: boolean;
}

/** Starts a server and shakes hands. `lost` is called, once at most, when it is gone without having been closed. */
export type OpenLink = (client: LinkClient, lost: (error: Error) => void) => Promise<LinkSession>;
