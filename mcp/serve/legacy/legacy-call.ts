import type { HeaderView } from "#src/core/header-list.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type { Caller, McpCall, McpClient } from "#src/core/mcp/server.ts";
import { checkAskable } from "../capabilities.ts";
import { notificationText, requestText } from "../outgoing.ts";
import type { Asks } from "./asks.ts";
import type { Outlet } from "./outlet.ts";
import type { LegacySession } from "./session.ts";

/** What a call of the session era is made of. */
export interface LegacyCallParts {
  readonly client: McpClient;
  readonly caller: Caller;
  readonly headers: HeaderView;
  readonly session: LegacySession | undefined;
  readonly outlet: Pick<Outlet, "message" | "streams">;
  readonly asks: Asks;
}

/** A request of a client with a session on its way: it goes on when the client loses its connection, and ends when the client says so. */
export class LegacyCall implements McpCall {
  readonly client: McpClient;
  readonly caller: Caller;
  readonly headers: HeaderView;
  readonly session: LegacySession | undefined;
  readonly #outlet: Pick<Outlet, "message" | "streams">;
  readonly #asks: Asks;
  #controller: AbortController | undefined;

  constructor(parts: LegacyCallParts) {
    this.client = parts.client;
    this.caller = parts.caller;
    this.headers = parts.headers;
    this.session = parts.session;
    this.#outlet = parts.outlet;
    this.#asks = parts.asks;
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    this.#controller = new AbortController();
    const { session } = this;
    if (session?.ended.aborted === true) this.#controller.abort();
    else session?.ended.addEventListener("abort", this.#sessionEnded, { once: true });
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    return this.#controller?.signal.aborted === true;
  }

  cancel(): void {
    this.#controller ??= new AbortController();
    this.#controller.abort();
    this.release();
  }

  /** The call is over. */
  release(): void {
    this.session?.ended.removeEventListener("abort", this.#sessionEnded);
  }

  notify(notification: McpNotification): void {
    this.#outlet.message(notificationText(notification));
  }

  async ask(request: McpRequest): Promise<JsonObject> {
    checkAskable(request, this.client.capabilities);
    if (this.session === undefined)
      throw new McpError(
        ERROR_CODES.missingCapability,
        "The client has no session, so it cannot be asked: it must initialize first.",
      );
    if (!this.#outlet.streams)
      throw new McpError(
        ERROR_CODES.missingCapability,
        "The client takes no text/event-stream here, so it cannot be asked: its Accept header must name it.",
      );
    const { id, answer } = this.#asks.ask(this.session, this.signal);
    this.#outlet.message(requestText(id, request));
    return answer;
  }

  readonly #sessionEnded = (): void => this.cancel();
}
