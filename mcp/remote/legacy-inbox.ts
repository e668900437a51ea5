import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { isModern } from "#src/core/mcp/versions.ts";
import { ChangeListeners } from "./change-listeners.ts";
import { isLoud, logLevelOf } from "./log-level.ts";
import type { PeerOwner, PendingRequest } from "./rpc-peer.ts";

/** What a server of the session era may ask its client. */
const ASKABLE: ReadonlySet<string> = new Set(["sampling/createMessage", "elicitation/create", "roots/list"]);

/** What concerns everybody who listens, on whichever stream it comes. */
const CHANGES: ReadonlySet<string> = new Set([
  "notifications/tools/list_changed",
  "notifications/prompts/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
]);

/** A request that something is said of. */
type Concerned = Pick<PendingRequest, "request" | "call">;

/** What a server of the session era says by itself, and whom it reaches. */
export class LegacyInbox implements PeerOwner {
  readonly listeners: ChangeListeners = new ChangeListeners();
  readonly #shared: boolean;
  readonly #pending: () => Iterable<PendingRequest>;
  readonly #lost: (error: Error) => void;
  readonly #kept = new Set<Concerned>();

  /** `shared`: callers use the session that know nothing of each other; what is asked must not reach the wrong one. */
  constructor(shared: boolean, pending: () => Iterable<PendingRequest>, lost: (error: Error) => void) {
    this.#shared = shared;
    this.#pending = pending;
    this.#lost = lost;
  }

  lost(error: Error): void {
    this.#lost(error);
    this.listeners.end();
  }

  async asked(request: McpRequest, about: PendingRequest | undefined): Promise<JsonObject> {
    if (!ASKABLE.has(request.method)) {
      throw new McpError(ERROR_CODES.methodNotFound, `This client does not know ${request.method}.`);
    }
    const pending = about ?? this.#whose();
    const call = pending?.call ?? this.listeners.ofSession?.call;
    if (call === undefined) throw new McpError(ERROR_CODES.internalError, "There is no client to be asked just now.");
    // A person may be asked, who takes their time.
    pending?.hold();
    try {
      return await call.ask(request);
    } finally {
      pending?.release();
    }
  }

  notified(notification: McpNotification, about: PendingRequest | undefined): void {
    const { method } = notification;
    if (method === "notifications/cancelled") return;
    if (CHANGES.has(method)) {
      this.listeners.tell(notification);
      return;
    }
    const pending = about ?? this.#whose() ?? this.#answered();
    const call = pending?.call;
    if (call === undefined) this.listeners.tell(notification);
    else if (method !== "notifications/message" || wantsToHear(notification, pending?.request, call)) {
      call.notify(notification);
    }
  }

  /** As long as the returned function is not called, what the server says of a request is taken although it is answered. */
  keepFor(request: McpRequest, call: McpCall): () => void {
    const kept = { request, call };
    this.#kept.add(kept);
    return () => this.#kept.delete(kept);
  }

  #answered(): Concerned | undefined {
    const [one, ...others] = this.#kept;
    return others.length === 0 ? one : undefined;
  }

  /** For what came on no request's own stream: the newest request, or the only one where several clients share the session. */
  #whose(): PendingRequest | undefined {
    const calls = [...this.#pending()].filter(({ call }) => call !== undefined);
    return this.#shared && calls.length > 1 ? undefined : calls.at(-1);
  }
}

/** A client of the session era that has set no level hears what the server sees fit. */
function wantsToHear({ params }: McpNotification, request: McpRequest | undefined, call: McpCall): boolean {
  const wanted = request === undefined ? undefined : logLevelOf(request);
  return wanted === undefined ? !isModern(call.client.version) : isLoud(params["level"], wanted);
}
