import type { ZodType } from "zod";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store.ts";
import type { Transport } from "../upstream.ts";
import type { McpPage } from "./page.ts";
import type { McpServer } from "./server.ts";

/** What a kind of server may use of the world. */
export interface McpWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The fast way to HTTP upstreams, with back-pressure. */
  readonly transport: Transport;
  readonly random: () => number;
  /** A file named in the configuration, relative to it. Throws when there is none. */
  readFile(path: string): string;
  /** The absolute path of a file named in the configuration. */
  resolvePath(path: string): string;
  /** Another of the configuration's servers, for sets; undefined when there is none of that name. Not to be closed by who asks. */
  server(name: string): McpServer | undefined;
  /** Serves a page as long as this configuration lives; for servers, a policy lists its own. Throws an Error when the path is taken. */
  serve(page: McpPage): void;
  /** Vectors of texts by a configured provider; rejects with an Error when it cannot. */
  embed(provider: string, model: string, texts: readonly string[]): Promise<readonly (readonly number[])[]>;
}

/** One kind of server: a field of an entry of `mcpServers`, and what it makes of it. */
export interface McpKind<Settings = unknown> {
  /** The field's name: `rest`, `openapi`, `stdio`, … */
  readonly kind: string;
  /** The field's value, with descriptions for the reference page. */
  readonly schema: ZodType<Settings>;
  /** Throws an Error that says what in the settings cannot be used. `name` is the server's. */
  create(name: string, settings: Settings, world: McpWorld): Promise<McpServer> | McpServer;
}
