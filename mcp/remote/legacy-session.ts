import type { Clock } from "#src/core/clock.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, ServerDescription, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import { isLegacy, isModern, LEGACY_VERSIONS } from "#src/core/mcp/versions.ts";
import { LegacyInbox } from "./legacy-inbox.ts";
import { legacyRequest } from "./legacy-params.ts";
import { logLevelOf, rankOf } from "./log-level.ts";
import { LinkLost, type MessageLink } from "./message-link.ts";
import { type PeerLimits, RpcPeer } from "./rpc-peer.ts";
import { inputRequiredOf } from "./url-elicitation.ts";

/** What a session is made of. */
export interface LegacySessionParts {
  readonly link: MessageLink;
  /** Who the server is told that it speaks with. */
  readonly client: { readonly capabilities: JsonObject; readonly info: JsonObject };
  readonly clock: Clock;
  readonly limits: PeerLimits;
  /** Callers use it that know nothing of each other: what the server asks must not reach the wrong one. */
  readonly shared: boolean;
  /** Where ids begin: different on each replica that uses the session. */
  readonly firstId: number;
  /** The server or the way to it is gone; called at most once. */
  readonly lost: (error: Error) => void;
}

/** What was agreed upon: all that another replica needs to go on with a session. */
export interface LegacyHandshake {
  readonly version: string;
  readonly description: ServerDescription;
}

/** How long a server may take to open its own stream before a session is used without it, in milliseconds. */
const HEARING = 200;

/** How long a result waits for what the server logged before it, in milliseconds. */
const LAST_WORDS = 20;

const NONE: LegacyHandshake = { version: "", description: { capabilities: {}, serverInfo: {} } };

/** A session with a server of the session era (2024-11-05 to 2025-11-25) over any link, in the words of the newest revision. */
export class LegacySession {
  readonly #parts: LegacySessionParts;
  readonly #inbox: LegacyInbox;
  readonly #peer: RpcPeer;
  #handshake: LegacyHandshake;
  #level: string | undefined;

  private constructor(parts: LegacySessionParts, handshake: LegacyHandshake) {
    this.#parts = parts;
    this.#handshake = handshake;
    this.#inbox = new LegacyInbox(parts.shared, () => this.#peer.pending, parts.lost);
    this.#peer = new RpcPeer(parts.link, this.#inbox, parts.clock, parts.limits, parts.firstId);
  }

  /** Shakes hands. Rejects with an McpError; the link is closed then. */
  static async open(parts: LegacySessionParts): Promise<LegacySession> {
    const session = new LegacySession(parts, NONE);
    try {
      await session.#shakeHands();
      return session;
    } catch (error) {
      await session.close(false);
      throw error;
    }
  }

  /** Goes on with a session that somebody else has opened. */
  static resume(parts: LegacySessionParts, handshake: LegacyHandshake): LegacySession {
    const session = new LegacySession(parts, handshake);
    parts.link.agreed?.(handshake.version);
    return session;
  }

  get handshake(): LegacyHandshake {
    return this.#handshake;
  }

  get description(): ServerDescription {
    return this.#handshake.description;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#peer.busy;
  }

  /** Those who listen to changes. */
  get listening(): number {
    return this.#inbox.listeners.size;
  }

  get alive(): boolean {
    return this.#peer.closedBy === undefined;
  }

  /** Rejects with an McpError. */
  async request(request: McpRequest, call: McpCall): Promise<JsonObject> {
    const level = logLevelOf(request);
    this.#parts.link.behalf?.(call);
    if (level !== undefined) await this.#wantLog(level);
    try {
      const result = await this.#peer.request(request, call, legacyRequest(request));
      if (level !== undefined && isModern(call.client.version)) await this.#lastWords(request, call);
      return result;
    } catch (error) {
      const required = inputRequiredOf(error, call);
      if (required === undefined) throw error;
      return required;
    }
  }

  /** Tells the call of what the filter asks for, as far as the server can tell it, until `ended` is called. */
  async listen(filter: SubscriptionFilter, call: McpCall, ended?: () => void): Promise<Subscription> {
    const { listeners } = this.#inbox;
    this.#parts.link.behalf?.(call);
    const { resourceSubscriptions: wanted = [], ...lists } = possible(filter, this.description.capabilities);
    const uris = await this.#subscribe(wanted);
    const honoured = uris.length === 0 ? lists : { ...lists, resourceSubscriptions: uris };
    const listener = { filter: honoured, call, ended };
    listeners.add(listener);
    await this.#hear();
    return {
      honoured,
      close: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && !this.#parts.shared) this.#parts.link.unlisten?.();
        for (const uri of uris) if (!listeners.wants(uri)) this.#ask("resources/unsubscribe", { uri }).catch(() => {});
      },
    };
  }

  /** Hands on what the client tells the server. */
  async notified(notification: McpNotification): Promise<void> {
    await this.#peer.notify(notification);
  }

  /** `end`: the server is told that the session is over. */
  async close(end: boolean): Promise<void> {
    this.#peer.close(new LinkLost("The connection to the upstream server is closed.", { received: true }));
    await this.#parts.link.close(end);
  }

  async #shakeHands(): Promise<void> {
    const { client, link, shared } = this.#parts;
    const { capabilities, info: clientInfo } = client;
    const result = await this.#ask("initialize", { protocolVersion: LEGACY_VERSIONS[0], capabilities, clientInfo });
    const { protocolVersion } = result;
    if (typeof protocolVersion !== "string" || !isLegacy(protocolVersion)) {
      throw new McpError(
        ERROR_CODES.internalError,
        "The upstream server speaks no revision of MCP that is known here.",
      );
    }
    this.#handshake = { version: protocolVersion, description: descriptionOf(result) };
    link.agreed?.(protocolVersion);
    await link.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    // The client that has a session of its own says itself when it wants to hear more than answers.
    if (shared) await this.#hear();
  }

  /** Until the server can be heard outside of requests; one that takes too long to say so is not waited for. */
  async #hear(): Promise<void> {
    const { link, clock } = this.#parts;
    if (link.listen === undefined) return;
    const late = Promise.withResolvers<void>();
    const stop = clock.after(HEARING, late.resolve);
    await Promise.race([link.listen(), late.promise]);
    stop();
  }

  /**
   * Many servers write their log to the session's own stream, where its last lines may come after the answer; a client of 2026-07-28 has no
   * such stream and would miss them.
   */
  async #lastWords(request: McpRequest, call: McpCall): Promise<void> {
    const { link, clock } = this.#parts;
    if (link.listen === undefined || this.description.capabilities["logging"] === undefined) return;
    const forget = this.#inbox.keepFor(request, call);
    const over = Promise.withResolvers<void>();
    clock.after(LAST_WORDS, over.resolve);
    await over.promise;
    forget();
  }

  #ask(method: string, params: JsonObject): Promise<JsonObject> {
    return this.#peer.request({ method, params });
  }

  /** The log is the session's and not a request's: while several wait, the level of who wants most stays. */
  async #wantLog(level: string): Promise<void> {
    const current = rankOf(this.#level) ?? Number.POSITIVE_INFINITY;
    const wanted = rankOf(level) ?? 0;
    if (this.description.capabilities["logging"] === undefined || wanted === current) return;
    if (wanted > current && this.#peer.busy > 0) return;
    this.#level = level;
    // A server that cannot set it still answers the request itself.
    await this.#ask("logging/setLevel", { level }).catch(() => {});
  }

  /** Those of the resources whose changes the server will tell. */
  async #subscribe(uris: readonly string[]): Promise<string[]> {
    const done = await Promise.all(
      uris.map(async (uri) => {
        if (this.#inbox.listeners.wants(uri)) return true;
        return this.#ask("resources/subscribe", { uri }).then(
          () => true,
          () => false,
        );
      }),
    );
    return uris.filter((_, index) => done[index]);
  }
}

/** An InitializeResult as a newer server says it; `tasks` is an experiment of one revision that is not carried over. */
function descriptionOf({ capabilities, serverInfo, instructions }: JsonObject): ServerDescription {
  const { tasks: _, ...kept } = isObject(capabilities) ? capabilities : {};
  return {
    capabilities: kept,
    serverInfo: isObject(serverInfo) ? serverInfo : {},
    ...(typeof instructions === "string" && { instructions }),
  };
}

/** What of a filter a server with these capabilities can fulfil. */
function possible(filter: SubscriptionFilter, capabilities: JsonObject): SubscriptionFilter {
  const can = (area: string, what: string): boolean => {
    const offered = capabilities[area];
    return isObject(offered) && offered[what] === true;
  };
  return {
    ...(filter.toolsListChanged === true && can("tools", "listChanged") && { toolsListChanged: true }),
    ...(filter.promptsListChanged === true && can("prompts", "listChanged") && { promptsListChanged: true }),
    ...(filter.resourcesListChanged === true && can("resources", "listChanged") && { resourcesListChanged: true }),
    ...(can("resources", "subscribe") && { resourceSubscriptions: filter.resourceSubscriptions ?? [] }),
  };
}
