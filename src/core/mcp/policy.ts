import type { ZodType } from "zod";
import type { Exchange } from "../exchange.ts";
import type { Caller, McpServer } from "./server.ts";
import type { McpWorld } from "./kind.ts";

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

/** A page that a policy serves beside the server's own path, such as RFC 9728 metadata or an OAuth callback. */
export interface McpPage {
  /** The whole path on the gateway. */
  readonly path: string;
  handle(exchange: Exchange): Promise<Response> | Response;
}

/** What a policy does to a server: each part is optional. */
export interface McpGuard {
  /** Before anything of the request is read: tells who the caller is. Throws an {@link McpRefusal}. */
  admit?(exchange: Exchange, caller: Caller): Promise<Caller> | Caller;
  /** The server as this policy lets it be seen. */
  wrap?(server: McpServer): McpServer;
  readonly pages?: readonly McpPage[];
  close?(): void;
}

/** A policy: a field of every entry of `mcpServers`. */
export interface McpPolicy<Settings = unknown> {
  /** The field's name: `auth`, `allowTools`, `rateLimit`, `audit`, … */
  readonly field: string;
  readonly schema: ZodType<Settings>;
  /** Throws an Error that says what in the settings cannot be used. */
  create(place: McpPlace, settings: Settings, world: McpWorld): Promise<McpGuard> | McpGuard;
}
