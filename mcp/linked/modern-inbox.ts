import { isObject, type JsonObject } from "#src/core/json.ts";
import {
  ERROR_CODES,
  McpError,
  META,
  type McpNotification,
  type McpRequest,
  type RequestId,
} from "#src/core/mcp/messages.ts";
import type { McpCall, SubscriptionFilter } from "#src/core/mcp/server.ts";
import { isLoud, logLevelOf } from "../remote/log-level.ts";
import type { PeerOwner, PendingRequest } from "../remote/rpc-peer.ts";
import { acknowledgedIn, untagged } from "../remote/subscription-wire.ts";

/** Somebody who listens. */
export interface ModernListener {
  readonly call: McpCall;
  acknowledged(honoured: SubscriptionFilter): void;
}

/** What a server of 2026-07-28 says by itself on a link that all requests share, and whom it reaches. */
export class ModernInbox implements PeerOwner {
  /** By the id of their `subscriptions/listen`. */
  readonly listeners: Map<RequestId, ModernListener> = new Map();
  readonly lost: (error: Error) => void;
  readonly #shared: boolean;
  readonly #pending: () => Iterable<PendingRequest>;

  /** `shared`: callers use the link that know nothing of each other. */
  constructor(shared: boolean, pending: () => Iterable<PendingRequest>, lost: (error: Error) => void) {
    this.#shared = shared;
    this.#pending = pending;
    this.lost = lost;
  }

  async asked({ method }: McpRequest): Promise<JsonObject> {
    throw new McpError(
      ERROR_CODES.methodNotFound,
      `A server of this revision asks nothing, so ${method} is not answered.`,
    );
  }

  notified(notification: McpNotification): void {
    const { method, params } = notification;
    const tag = isObject(params["_meta"]) ? params["_meta"][META.subscriptionId] : undefined;
    const listener = typeof tag === "string" || typeof tag === "number" ? this.listeners.get(tag) : undefined;
    if (listener === undefined) this.#logged(notification);
    else if (method === "notifications/subscriptions/acknowledged") listener.acknowledged(acknowledgedIn(params));
    else listener.call.notify(untagged(notification));
  }

  /** A log message does not say which request it belongs to: with several clients it is told only where it can belong to one alone. */
  #logged(notification: McpNotification): void {
    if (notification.method !== "notifications/message") return;
    const calls = [...this.#pending()].filter(({ id, call }) => call !== undefined && !this.listeners.has(id));
    const pending = this.#shared && calls.length > 1 ? undefined : calls.at(-1);
    const wanted = pending === undefined ? undefined : logLevelOf(pending.request);
    if (wanted !== undefined && isLoud(notification.params["level"], wanted)) pending?.call?.notify(notification);
  }
}
