import type { Clock } from "#src/core/clock.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import {
  ERROR_CODES,
  McpError,
  type McpNotification,
  type McpRequest,
  type RequestId,
} from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { LinkLost, type LinkEvents, type MessageLink } from "./message-link.ts";
import { Patience, type PatienceLimits } from "./patience.ts";
import { errorMessage, isId, notificationMessage, readMessage, requestMessage, resultMessage } from "./rpc-message.ts";

/** What bounds a peer. */
export interface PeerLimits extends PatienceLimits {
  /** The most requests that wait at a time, either way. */
  readonly pending: number;
}

/** A request of ours that is not answered yet. */
export interface PendingRequest {
  readonly id: RequestId;
  readonly request: McpRequest;
  /** On whose behalf; undefined for those of the gateway itself. */
  readonly call: McpCall | undefined;
  /** Silence is no fault until `release`: the client is being asked. */
  hold(): void;
  release(): void;
}

/** Who makes something of what the server says by itself. */
export interface PeerOwner {
  /** The server asks. `about` is the request it asks for, where that is known. Rejects with an McpError. */
  asked(request: McpRequest, about: PendingRequest | undefined): Promise<JsonObject>;
  notified(notification: McpNotification, about: PendingRequest | undefined): void;
  /** The link is gone; what waited has failed. */
  lost(error: Error): void;
}

/** The requests of many callers over one link: ids, progress tokens, cancellation and time limits. */
export class RpcPeer implements LinkEvents {
  readonly #link: MessageLink;
  readonly #owner: PeerOwner;
  readonly #clock: Clock;
  readonly #limits: PeerLimits;
  readonly #pending = new Map<RequestId, Pending>();
  #nextId: number;
  #answering = 0;
  #closed: Error | undefined;

  /** `firstId` should differ from replica to replica that use one session. */
  constructor(link: MessageLink, owner: PeerOwner, clock: Clock, limits: PeerLimits, firstId = 1) {
    this.#link = link;
    this.#owner = owner;
    this.#clock = clock;
    this.#limits = limits;
    this.#nextId = firstId;
    link.start(this);
  }

  /** Why nothing can be sent any more; undefined while it can. */
  get closedBy(): Error | undefined {
    return this.#closed;
  }

  /** The requests that wait, oldest first. */
  get pending(): Iterable<PendingRequest> {
    return this.#pending.values();
  }

  get busy(): number {
    return this.#pending.size;
  }

  /**
   * Rejects with an McpError. `call` gets the notifications that belong to the request, and its end cancels it. `sent` is the request in the
   * server's own words, where they are others.
   */
  async request(request: McpRequest, call?: McpCall, sent: McpRequest = request): Promise<JsonObject> {
    if (this.#closed !== undefined) throw new LinkLost(this.#closed.message, { received: false, cause: this.#closed });
    if (this.#pending.size >= this.#limits.pending) {
      throw new McpError(ERROR_CODES.internalError, "Too many requests wait for the upstream server.");
    }
    const id = this.#nextId++;
    const pending = new Pending(id, request, call, this.#clock, this.#limits, (error) => this.#give(id, error));
    this.#pending.set(id, pending);
    this.#link.send(requestMessage(id, pending.under(sent))).catch((error: unknown) => this.#end(id, error));
    return pending.outcome;
  }

  /** Resolves when it is delivered, or cannot be. */
  async notify(notification: McpNotification): Promise<void> {
    await this.#link.send(notificationMessage(notification)).catch(() => {});
  }

  /** What waits fails with `error`. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const id of this.#pending.keys()) this.#end(id, error);
  }

  message(message: JsonObject, about?: RequestId): void {
    const incoming = readMessage(message);
    if (incoming === undefined) return;
    if (about !== undefined) this.alive(about);
    if (incoming.kind === "answer") {
      const id = incoming.id ?? (incoming.outcome instanceof McpError ? about : undefined);
      // An answer to nothing that waits is a late one, or one sent twice.
      if (id !== undefined) this.#end(id, incoming.outcome);
      return;
    }
    if (incoming.kind === "notification") this.#notified(incoming.notification, about);
    else void this.#answer(incoming.id, incoming.request, about);
  }

  alive(about: RequestId): void {
    this.#pending.get(about)?.touch();
  }

  failed(id: RequestId, error: Error): void {
    this.#end(id, error);
  }

  closed(error: Error): void {
    this.close(error);
    this.#owner.lost(error);
  }

  #notified(notification: McpNotification, about: RequestId | undefined): void {
    if (notification.method !== "notifications/progress") {
      this.#owner.notified(notification, about === undefined ? undefined : this.#pending.get(about));
      return;
    }
    const { progressToken } = notification.params;
    const pending = isId(progressToken) ? this.#pending.get(progressToken) : undefined;
    pending?.progressed(notification);
  }

  async #answer(id: RequestId, request: McpRequest, about: RequestId | undefined): Promise<void> {
    const answer = await this.#answerTo(id, request, about);
    await this.#link.send(answer).catch(() => {});
  }

  async #answerTo(id: RequestId, request: McpRequest, about: RequestId | undefined): Promise<JsonObject> {
    if (request.method === "ping") return resultMessage(id, {});
    if (this.#answering >= this.#limits.pending) {
      return errorMessage(id, new McpError(ERROR_CODES.internalError, "Too many requests wait for the client."));
    }
    this.#answering++;
    try {
      const pending = about === undefined ? undefined : this.#pending.get(about);
      return resultMessage(id, await this.#owner.asked(request, pending));
    } catch (error) {
      const inner = new McpError(ERROR_CODES.internalError, "The gateway could not ask the client.");
      return errorMessage(id, error instanceof McpError ? error : inner);
    } finally {
      this.#answering--;
    }
  }

  /** Nobody waits any more, and the server is told so. */
  #give(id: RequestId, error: McpError): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#end(id, error);
    this.#link.abandon?.(id);
    // A client must not cancel its `initialize`.
    if (pending.request.method === "initialize") return;
    void this.notify({ method: "notifications/cancelled", params: { requestId: id, reason: error.message } });
  }

  #end(id: RequestId, outcome: unknown): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.settle(outcome);
  }
}

class Pending implements PendingRequest {
  readonly id: number;
  readonly request: McpRequest;
  readonly call: McpCall | undefined;
  readonly #settled = Promise.withResolvers<JsonObject>();
  readonly #patience: Patience;
  readonly #onAbort: () => void;
  /** The client's own, under which it hears of progress. */
  readonly #token: RequestId | undefined;

  constructor(
    id: number,
    request: McpRequest,
    call: McpCall | undefined,
    clock: Clock,
    limits: PatienceLimits,
    give: (error: McpError) => void,
  ) {
    this.id = id;
    this.request = request;
    this.call = call;
    this.#token = tokenOf(request);
    this.#patience = new Patience(clock, limits, (limit) => give(late(limit)));
    this.#onAbort = () => give(new McpError(ERROR_CODES.internalError, "The client cancelled the request."));
    if (call?.signal.aborted === true) queueMicrotask(this.#onAbort);
    else call?.signal.addEventListener("abort", this.#onAbort);
  }

  get outcome(): Promise<JsonObject> {
    return this.#settled.promise;
  }

  /** The request as it is sent: tokens of several clients could be the same, so the id takes the token's place. */
  under(sent: McpRequest): McpRequest {
    if (this.#token === undefined) return sent;
    const { method, params } = sent;
    const meta = isObject(params["_meta"]) ? params["_meta"] : {};
    return { method, params: { ...params, _meta: { ...meta, progressToken: this.id } } };
  }

  progressed({ method, params }: McpNotification): void {
    this.touch();
    if (this.#token !== undefined) this.call?.notify({ method, params: { ...params, progressToken: this.#token } });
  }

  touch(): void {
    this.#patience.touch();
  }

  hold(): void {
    this.#patience.hold();
  }

  release(): void {
    this.#patience.release();
  }

  settle(outcome: unknown): void {
    this.#patience.stop();
    this.call?.signal.removeEventListener("abort", this.#onAbort);
    if (isObject(outcome) && !(outcome instanceof Error)) this.#settled.resolve(outcome);
    else if (outcome instanceof McpError) this.#settled.reject(outcome);
    else this.#settled.reject(new LinkLost("The upstream server failed.", { received: true, cause: outcome }));
  }
}

function tokenOf({ params }: McpRequest): RequestId | undefined {
  const meta = params["_meta"];
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  return isId(token) ? token : undefined;
}

function late(limit: number): McpError {
  return new McpError(ERROR_CODES.internalError, `The upstream server did not answer within ${limit / 1000} s.`);
}
