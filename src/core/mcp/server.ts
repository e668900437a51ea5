import type { HeaderView } from "../header-list.ts";
import type { JsonObject } from "../json.ts";
import type { McpNotification, McpRequest } from "./messages.ts";

/** Who asks. */
export interface Caller {
  /**
   * Names the authorization context: what is private to one must not reach another, sessions are bound to it, limits count by it. Empty for
   * somebody unknown.
   */
  readonly subject: string;
  /** The consumer's name when a key of the gateway was shown. */
  readonly consumer?: string;
  /** What the token allows; left out where no token is asked for. */
  readonly scopes?: ReadonlySet<string>;
  readonly claims?: JsonObject;
  /** This server's canonical URI, which the token is for (RFC 8707). */
  readonly resource?: string;
  /** The verified token, for an exchange (RFC 8693) alone: it never goes upstream. */
  readonly token?: string;
  /** The peer's IP address, where the host tells. */
  readonly address?: string | undefined;
  /** Who the path names, on a server that is each user's own. */
  readonly user?: McpUser;
}

/** A user of a server, with the settings kept for it: credentials, most of the time. */
export interface McpUser {
  readonly id: string;
  /** Stand before the server's own settings. Empty for a user without. */
  readonly config: Readonly<Record<string, string>>;
}

/** The client's side of a request. */
export interface McpClient {
  /** The protocol version the client speaks: `2024-11-05` … `2026-07-28`. */
  readonly version: string;
  /** Its `ClientCapabilities`. */
  readonly capabilities: JsonObject;
  /** Its `Implementation`: name and version. */
  readonly info?: JsonObject;
}

/** What is kept for one legacy client from its `initialize` to its end, on whichever replica it is next. */
export interface McpSession {
  readonly id: string;
  /** A value kept for this session, such as an upstream's session id; undefined when there is none. */
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  /** Aborts when the session is ended on this replica: what is held for it can go. */
  readonly ended: AbortSignal;
}

/** One request on its way through servers: who asks, and the ways back to the client. */
export interface McpCall {
  readonly client: McpClient;
  readonly caller: Caller;
  /** The client's HTTP headers. */
  readonly headers: HeaderView;
  /** The arguments are others than the client sent: headers that mirror its own (`Mcp-Param-…`) say nothing of them. */
  readonly argumentsChanged?: boolean;
  /** Only clients of the session era have one. */
  readonly session: McpSession | undefined;
  /** Aborts when the client cancelled the request or left it. */
  readonly signal: AbortSignal;
  /** What {@link whenEnded} in `call-end.ts` does, without an AbortSignal; left out where that must be asked. */
  whenEnded?(ended: () => void): () => void;
  /** Sends what belongs to this request: progress under the client's own `progressToken`, log messages. */
  notify(notification: McpNotification): void;
  /**
   * Asks the client (`sampling/createMessage`, `elicitation/create`, `roots/list`) and resolves with its result, whatever era it is of.
   * Rejects with an McpError: the client lacks the capability, refused, or left.
   */
  ask(request: McpRequest): Promise<JsonObject>;
}

/** What a server says of itself: a DiscoverResult without versions and cache hints. */
export interface ServerDescription {
  /** ServerCapabilities, as 2026-07-28 has them. */
  readonly capabilities: JsonObject;
  /** Implementation: name, version, title, icons. */
  readonly serverInfo: JsonObject;
  readonly instructions?: string;
}

/** What changes somebody wants to hear of (`SubscriptionFilter`). */
export interface SubscriptionFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
}

/** An open subscription. */
export interface Subscription {
  /** What of the filter is honoured. */
  readonly honoured: SubscriptionFilter;
  close(): void;
}

/**
 * A server of tools, prompts and resources, whatever is behind it; a policy around a server is one as well. Made once a configuration,
 * asked by many clients at a time. Implementations run the suite in tests/contracts/mcp-server.ts.
 */
export interface McpServer {
  describe(call: McpCall): Promise<ServerDescription> | ServerDescription;
  /**
   * Answers `tools/list`, `tools/call`, `resources/list`, `resources/templates/list`, `resources/read`, `prompts/list`, `prompts/get` or
   * `completion/complete`. The result has the form of 2026-07-28; `resultType`, `ttlMs` and `cacheScope` may be left out (complete, 0,
   * private). A result of type `input_required` is handed to a new client as it is, and asked of an old one. Throws an McpError;
   * `methodNotFound` for what it has not.
   */
  handle(request: McpRequest, call: McpCall): Promise<JsonObject> | JsonObject;
  /** Tells `call.notify` of changes until closed; what an upstream asks outside of any request goes to `call.ask`. */
  listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription>;
  /** A notification of the client's that concerns no single request: `notifications/roots/list_changed`. */
  notified?(notification: McpNotification, call: McpCall): Promise<void>;
  /** A client's session is over. */
  endSession?(session: McpSession): Promise<void>;
  /** What clients ask in its place, made around it as its policies let it be seen. Left out: they ask that. */
  front?(seen: McpServer): McpServer;
  /** Nobody will ask any more: processes and connections go. */
  close(): Promise<void>;
}
