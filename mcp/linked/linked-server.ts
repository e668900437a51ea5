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
import type { OwnLinks } from "./own-links.ts";
import type { SharedServer } from "./shared-link.ts";

/** Servers that run behind links: one for all, and, where there are such, one for each client's session. */
export class LinkedServer implements McpServer {
  readonly #shared: SharedServer;
  readonly #own: OwnLinks | undefined;
  readonly #closed: (() => void) | undefined;

  /** Without `own` all clients share one server. `closed` is called at the end. */
  constructor(shared: SharedServer, own: OwnLinks | undefined, closed?: () => void) {
    this.#shared = shared;
    this.#own = own;
    this.#closed = closed;
  }

  async describe(call: McpCall): Promise<ServerDescription> {
    const own = this.#ownOf(call);
    return own === undefined ? this.#shared.describe(call) : (await own).description;
  }

  async handle(request: McpRequest, call: McpCall): Promise<JsonObject> {
    const own = this.#ownOf(call);
    return own === undefined ? this.#shared.request(request, call) : (await own).request(request, call);
  }

  async listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    const own = this.#ownOf(call);
    return own === undefined ? this.#shared.listen(filter, call) : (await own).listen(filter, call);
  }

  /** What one client tells is nothing to a server that others use as well. */
  async notified(notification: McpNotification, call: McpCall): Promise<void> {
    await (await this.#ownOf(call))?.notified(notification);
  }

  async endSession(session: McpSession): Promise<void> {
    await this.#own?.end(session);
  }

  async close(): Promise<void> {
    await Promise.all([this.#shared.close(), this.#own?.close()]);
    this.#closed?.();
  }

  #ownOf(call: McpCall): ReturnType<OwnLinks["of"]> | undefined {
    return call.session === undefined ? undefined : this.#own?.of(call.session, call);
  }
}
