import type { JsonObject } from "#src/core/json.ts";
import type { McpClient, McpSession } from "#src/core/mcp/server.ts";
import type { Store } from "#src/core/store.ts";

/** The client of a session that has not said `initialize` yet. */
const UNKNOWN: McpClient = { version: "2024-11-05", capabilities: {} };

/** One client's session on this replica; what must be seen by others is in the store. */
export class LegacySession implements McpSession {
  readonly id: string;
  /** What the client shows to be recognised. */
  readonly token: string;
  readonly subject: string;
  client: McpClient;
  /** Whether the client has said who it is: with HTTP+SSE it does so after the session has begun, to any replica. */
  introduced: boolean;
  /** What `logging/setLevel` asked for; undefined until it is known. */
  logLevel: string | undefined;
  readonly #store: Store;
  readonly #life: number;
  readonly #ended = new AbortController();
  /** `Clock.monotonic` milliseconds at which the store was last asked whether it still lives. */
  checkedAt = 0;
  /** `Clock.monotonic` milliseconds at which it began, where it began at this replica and its end has not been told. */
  begunAt: number | undefined;

  constructor(parts: { id: string; token: string; subject: string; client?: McpClient }, store: Store, life: number) {
    this.id = parts.id;
    this.token = parts.token;
    this.subject = parts.subject;
    this.client = parts.client ?? UNKNOWN;
    this.introduced = parts.client !== undefined;
    this.#store = store;
    this.#life = life;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get(key: string): Promise<string | undefined> {
    return this.#store.get(this.#key(key));
  }

  set(key: string, value: string): Promise<void> {
    return this.#store.set(this.#key(key), value, this.#life);
  }

  /** What is held for it on this replica goes. */
  end(): void {
    this.#ended.abort();
  }

  /** Braces keep a session's keys in one slot of a Redis Cluster. */
  #key(key: string): string {
    return `mcp:{${this.id}}:${key}`;
  }
}

/** A client as it is sealed or stored, and back. */
export function clientJson({ version, capabilities, info }: McpClient): JsonObject {
  return { version, capabilities, ...(info === undefined ? {} : { info }) };
}
