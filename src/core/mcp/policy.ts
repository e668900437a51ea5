import type { ZodType } from "zod";
import type { Exchange } from "../exchange.ts";
import type { Caller, McpServer } from "./server.ts";
import type { McpWorld } from "./kind.ts";
import type { McpPage } from "./page.ts";

/** Where a server is served. */
export interface McpPlace {
  readonly name: string;
  /** The path it is served on: `/mcp/weather`. */
  readonly path: string;
}

/** A request that may not come in: an HTTP answer, not a JSON-RPC one, since clients read its challenge. */
export class McpRefusal extends Error {
  readonly status: number;
  /** Such as `www-authenticate`, `retry-after`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "McpRefusal";
    this.status = status;
    this.headers = headers;
  }
}

/** From where a browser may ask. Every server has one: that without settings when no policy brings another. */
export interface OriginCheck {
  /** Throws an {@link McpRefusal} (403) for a request that a foreign page sent, or one to a name that is not this server's. */
  check(exchange: Exchange): void;
  /** The answer to a browser that asks whether it may ask; undefined for every other request. */
  preflight(exchange: Exchange): Response | undefined;
  /** What lets the page that asked read the answer; goes on every response, refusals included. */
  headers(exchange: Exchange): Readonly<Record<string, string>>;
}

/** How much a message may be; who reads it refuses what is more before it is taken apart. */
export interface McpLimits {
  /** Bytes of a request's body: HTTP 413. */
  readonly body: number;
  /** How deep objects and lists may stand within each other: -32600. */
  readonly depth: number;
  /** Messages in one JSON-RPC batch (2025-03-26): -32600. */
  readonly batch: number;
}

/** Counts the open sessions of each caller, over all replicas. */
export interface SessionLimit {
  /** Called at `initialize`, with the id of the session to be; false when the caller has as many as it may: HTTP 429. */
  take(caller: Caller, session: string): Promise<boolean>;
  /** The session is in use: without it, it counts no longer than one that was left behind. Cheap to call with each request. */
  renew(caller: Caller, session: string): Promise<void>;
  release(caller: Caller, session: string): Promise<void>;
}

/** What a policy does to a server: each part is optional. */
export interface McpGuard {
  /** Before anything of the request is read: tells who the caller is. Throws an {@link McpRefusal}. */
  admit?(exchange: Exchange, caller: Caller): Promise<Caller> | Caller;
  /** The server as this policy lets it be seen. */
  wrap?(server: McpServer): McpServer;
  readonly pages?: readonly McpPage[];
  /** Where the server itself is served besides its own path, in the form of a page's. */
  readonly paths?: readonly string[];
  readonly origin?: OriginCheck;
  readonly limits?: McpLimits;
  readonly sessions?: SessionLimit;
  close?(): void;
}

/** A policy: a field of every entry of `mcpServers`. */
export interface McpPolicy<Settings = unknown> {
  /** The field's name: `auth`, `allowTools`, `rateLimit`, `audit`, … */
  readonly field: string;
  readonly schema: ZodType<Settings>;
  /** Settings of a server that has none in this field. Left out: such a server does without the policy. */
  readonly absent?: Settings;
  /** Throws an Error that says what in the settings cannot be used. */
  create(place: McpPlace, settings: Settings, world: McpWorld): Promise<McpGuard> | McpGuard;
}
