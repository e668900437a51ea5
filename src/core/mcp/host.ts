import type { OpenClientStream } from "../client-stream.ts";
import type { Exchange } from "../exchange.ts";
import type { McpKind, McpWorld } from "./kind.ts";
import type { McpPolicy } from "./policy.ts";

/** What can be behind and around MCP servers. */
export interface McpParts {
  readonly mcpKinds: readonly McpKind[];
  /** From the outermost inwards. */
  readonly mcpPolicies: readonly McpPolicy[];
}

/** A configured server. */
export interface McpEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: string;
  /** What its kind is created with. */
  readonly settings: unknown;
  /** By the policies' fields. */
  readonly policies: Readonly<Record<string, unknown>>;
  readonly session: McpSessionLife;
  /** A registry has found it, nobody wrote it here: where it cannot be built, that is told, and the one before goes on. */
  readonly found?: boolean;
}

/** How long sessions of a server's clients live, in milliseconds. */
export interface McpSessionLife {
  /** Without a request. */
  readonly idle: number;
  /** In all. */
  readonly most: number;
}

/** A path and what is answered there. */
export interface McpRoute {
  readonly name: string;
  /** As a page's path is: `{name}` stands for one segment. */
  readonly path: string;
  /** It asks its callers for tokens, or none may be asked of them: keys of the gateway's consumers are not. */
  readonly open: boolean;
  readonly handle: (exchange: Exchange) => Promise<Response>;
}

/** A configuration's servers, built and not in use yet. */
export interface McpPlan {
  readonly routes: readonly McpRoute[];
  /** The files that the servers were made of, by absolute path, as they were read; undefined for what was not read as text. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** Puts them in the place of those before. */
  commit(): void;
  /** Throws away what was built for it. */
  discard(): Promise<void>;
}

/** A session of a server's client that is over. */
export interface McpSessionEnd {
  readonly server: string;
  /** The protocol's revision. */
  readonly version: string;
  readonly seconds: number;
}

/** What is under way at this replica. */
export interface McpActive {
  /** Sessions that began here and are not over. */
  readonly sessions: number;
  /** Streams that clients hold. */
  readonly streams: number;
}

/** Holds MCP servers over reloads: what has not changed goes on, sessions and streams with it. */
export interface McpHost {
  /** Builds what is new. Rejects with an Error that names the server that cannot be built; nothing has changed then. */
  prepare(entries: readonly McpEntry[], world: McpConfigWorld): Promise<McpPlan>;
  readonly active: McpActive;
  close(): Promise<void>;
}

/** What servers may use of the world, whatever the configuration. */
export interface McpHostWorld extends Pick<McpWorld, "clock" | "log" | "store" | "fetch" | "transport" | "random"> {
  readonly openStream: OpenClientStream;
  /** Reads a file as text. Throws when it cannot. */
  readonly readFile: (path: string) => string;
  /** Told of each session once, by the replica where it began. */
  readonly sessionEnded: (end: McpSessionEnd) => void;
}

/** What a configuration brings to its servers. */
export interface McpConfigWorld extends Pick<McpWorld, "embed" | "resolvePath"> {
  /** Seal session ids and states, the newest first; empty: the store keeps one. */
  readonly sessionKeys: readonly string[];
}
