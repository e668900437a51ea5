import type { JsonObject } from "#src/core/json.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { ERROR_CODES, McpError, type RequestId } from "#src/core/mcp/messages.ts";

/** What a link tells of. `about` is the request of ours on whose own stream something came, where the transport has such streams. */
export interface LinkEvents {
  /** A message of JSON-RPC, its members not checked. */
  message(message: JsonObject, about?: RequestId): void;
  /** A sign of life that is no message, such as a keep-alive comment. */
  alive(about: RequestId): void;
  /** No answer to this request will come any more; the others go on. */
  failed(id: RequestId, error: Error): void;
  /** Nothing will come any more; called at most once, and not after `close`. */
  closed(error: Error): void;
}

/** A way to and from one server over which whole messages go: a process' pipes, an HTTP session, HTTP+SSE. */
export interface MessageLink {
  /** Whether what a server asks while it works on a request comes on that request's own stream. */
  readonly relates: boolean;
  /** Called once, before anything is sent. */
  start(events: LinkEvents): void;
  /** Resolves when the message is delivered; rejects with an Error, a {@link LinkLost} where it tells how far the message came. */
  send(message: JsonObject): Promise<void>;
  /** Who asks now: what is sent from here on goes with the credentials of this call. */
  behalf?(call: McpCall): void;
  /** The revision that was agreed upon; called once, before the handshake is over. */
  agreed?(version: string): void;
  /** Somebody wants to hear what the server says outside of requests: resolves when it can be heard, or never will. */
  listen?(): Promise<void>;
  /** Nobody wants to hear that any more. */
  unlisten?(): void;
  /** Nobody waits for the answer to this request any more. */
  abandon?(id: RequestId): void;
  /** `end`: the server is told that the session is over, where there is a way to. */
  close(end: boolean): Promise<void>;
}

/** A message that was not delivered, or whose answer will not come. */
export class LinkLost extends McpError {
  /** The server may have received the message; when not, it can be sent elsewhere. */
  readonly received: boolean;
  /** The server does not know the session any more. */
  readonly sessionGone: boolean;

  constructor(
    message: string,
    how: { readonly received: boolean; readonly sessionGone?: boolean; readonly cause?: unknown },
  ) {
    super(ERROR_CODES.internalError, message, undefined, { cause: how.cause });
    this.name = "LinkLost";
    this.received = how.received;
    this.sessionGone = how.sessionGone ?? false;
  }
}
