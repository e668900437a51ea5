import type { Clock } from "#src/core/clock.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, META, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, ServerDescription, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import { MODERN_VERSIONS } from "#src/core/mcp/versions.ts";
import { descriptionIn } from "../remote/discovery.ts";
import { LinkLost, type MessageLink } from "../remote/message-link.ts";
import { type PeerLimits, RpcPeer } from "../remote/rpc-peer.ts";
import { listenParams } from "../remote/subscription-wire.ts";
import type { LinkClient, LinkSession } from "./link-session.ts";
import { ModernInbox } from "./modern-inbox.ts";

/** What a connection is made of. */
export interface ModernSessionParts {
  readonly link: MessageLink;
  readonly client: LinkClient;
  readonly clock: Clock;
  readonly limits: PeerLimits;
  readonly lost: (error: Error) => void;
}

const [VERSION] = MODERN_VERSIONS;

/** Far from the ids of a session that may follow on the same link: a late answer must find nobody. */
const FIRST_ID = 2 ** 40;

/** A connection with a server of 2026-07-28 over a link that all requests share. */
export class ModernSession implements LinkSession {
  readonly #parts: ModernSessionParts;
  readonly #inbox: ModernInbox;
  readonly #peer: RpcPeer;
  #description: ServerDescription = { capabilities: {}, serverInfo: {} };

  constructor(parts: ModernSessionParts) {
    const { link, client, clock, limits, lost } = parts;
    this.#parts = parts;
    this.#inbox = new ModernInbox(client.shared, () => this.#peer.pending, lost);
    this.#peer = new RpcPeer(link, this.#inbox, clock, limits, FIRST_ID);
  }

  get description(): ServerDescription {
    return this.#description;
  }

  get waiting(): number {
    return this.#peer.busy - this.#inbox.listeners.size;
  }

  get alive(): boolean {
    return this.#peer.closedBy === undefined;
  }

  /** Asks what the server is; resolves with the DiscoverResult. Rejects with an McpError. */
  async discover(): Promise<JsonObject> {
    const request = { method: "server/discover", params: {} };
    const result = await this.#peer.request(request, undefined, this.#dressed(request, this.#parts.client));
    this.#description = descriptionIn(result);
    return result;
  }

  request(request: McpRequest, call: McpCall): Promise<JsonObject> {
    return this.#peer.request(request, call, this.#dressed(request, call.client));
  }

  async listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    const { listeners } = this.#inbox;
    const leaving = new AbortController();
    const request = { method: "subscriptions/listen", params: listenParams(filter) };
    const ended = this.#peer.request(request, leavingBy(leaving.signal, call), this.#dressed(request, call.client));
    const pending = [...this.#peer.pending].find((one) => one.request === request);
    const { promise, resolve, reject } = Promise.withResolvers<SubscriptionFilter>();
    if (pending !== undefined) listeners.set(pending.id, { call, acknowledged: resolve });
    const over = (error: unknown): void => {
      if (pending !== undefined) listeners.delete(pending.id);
      reject(error);
    };
    ended.then(() => over(new McpError(ERROR_CODES.internalError, "The server ended a subscription.")), over);
    const honoured = await promise;
    // From now on silence is what is to be expected.
    pending?.hold();
    return { honoured, close: () => leaving.abort() };
  }

  async notified(notification: McpNotification): Promise<void> {
    await this.#peer.notify(notification);
  }

  async close(end: boolean): Promise<void> {
    this.leave();
    await this.#parts.link.close(end);
  }

  /** Ends the connection and keeps the link, for a session of another kind. */
  leave(): void {
    this.#peer.close(new LinkLost("The connection to the server is closed.", { received: true }));
  }

  #dressed({ method, params }: McpRequest, client: Partial<LinkClient>): McpRequest {
    const own = this.#parts.client;
    const _meta: JsonObject = {
      ...(isObject(params["_meta"]) ? params["_meta"] : undefined),
      [META.protocolVersion]: VERSION,
      [META.clientInfo]: client.info ?? own.info,
      [META.clientCapabilities]: client.capabilities ?? own.capabilities,
    };
    return { method, params: { ...params, _meta } };
  }
}

/** The call, with another end. */
function leavingBy(signal: AbortSignal, { client, caller, headers, session, ...ways }: McpCall): McpCall {
  return {
    client,
    caller,
    headers,
    session,
    signal,
    notify: (notification) => ways.notify(notification),
    ask: (request) => ways.ask(request),
  };
}
