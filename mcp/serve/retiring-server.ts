import type { JsonObject } from "#src/core/json.ts";
import type { Log } from "#src/core/log.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer, ServerDescription } from "#src/core/mcp/server.ts";
import { ServerAround } from "./server-around.ts";

/** A server that is closed when nobody is waiting for it any more: a reload cuts no call. */
export class RetiringServer extends ServerAround {
  readonly #server: McpServer;
  readonly #gone: () => void;
  readonly #log: Log;
  #busy = 0;
  #retired = false;
  #closing: Promise<void> | undefined;

  /** `gone` is called when the server has been closed. */
  constructor(server: McpServer, gone: () => void, log: Log) {
    super();
    this.#server = server;
    this.#gone = gone;
    this.#log = log;
  }

  protected inner(): McpServer {
    return this.#server;
  }

  override describe(call: McpCall): Promise<ServerDescription> | ServerDescription {
    return this.#counted(this.#server.describe(call));
  }

  override handle(request: McpRequest, call: McpCall): Promise<JsonObject> | JsonObject {
    return this.#counted(this.#server.handle(request, call));
  }

  /** Closes it once its calls are over. */
  retire(): void {
    this.#retired = true;
    this.#closeWhenIdle();
  }

  close(): Promise<void> {
    this.#closing ??= this.#server.close().finally(() => this.#gone());
    return this.#closing;
  }

  #counted<T>(result: Promise<T> | T): Promise<T> | T {
    if (!(result instanceof Promise)) return result;
    this.#busy += 1;
    // Two promises fewer than `finally` makes: it runs with each call.
    return result.then(this.#ended, this.#failed);
  }

  readonly #ended = <T>(value: T): T => {
    this.#busy -= 1;
    this.#closeWhenIdle();
    return value;
  };

  readonly #failed = (thrown: unknown): never => {
    this.#ended(undefined);
    throw thrown;
  };

  #closeWhenIdle(): void {
    if (!this.#retired || this.#busy > 0) return;
    this.close().catch((error: unknown) =>
      this.#log.warn("An MCP server that is not needed any more did not end cleanly.", {
        reason: error instanceof Error ? error.message : String(error),
      }),
    );
  }
}
