import type { McpNotification } from "#src/core/mcp/messages.ts";
import type { McpCall, SubscriptionFilter } from "#src/core/mcp/server.ts";

/** One who listens. */
export interface ChangeListener {
  readonly filter: SubscriptionFilter;
  readonly call: McpCall;
  /** Nothing will be told any more. */
  readonly ended?: (() => void) | undefined;
}

const LIST_CHANGES: Readonly<Record<string, (filter: SubscriptionFilter) => boolean | undefined>> = {
  "notifications/tools/list_changed": ({ toolsListChanged }) => toolsListChanged,
  "notifications/prompts/list_changed": ({ promptsListChanged }) => promptsListChanged,
  "notifications/resources/list_changed": ({ resourcesListChanged }) => resourcesListChanged,
};

/** Those who want to hear of a server's changes, each of what it asked for and of nothing else. */
export class ChangeListeners {
  readonly #listeners = new Set<ChangeListener>();

  get size(): number {
    return this.#listeners.size;
  }

  /** The one that came first, of those with a session: what a server says outside of any request is for its client. */
  get ofSession(): ChangeListener | undefined {
    for (const listener of this.#listeners) if (listener.call.session !== undefined) return listener;
    return undefined;
  }

  add(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  delete(listener: ChangeListener): void {
    this.#listeners.delete(listener);
  }

  /** Whether somebody still wants to hear of this resource. */
  wants(uri: string): boolean {
    for (const { filter } of this.#listeners) if (filter.resourceSubscriptions?.includes(uri) === true) return true;
    return false;
  }

  end(): void {
    for (const { ended } of this.#listeners) ended?.();
  }

  tell(notification: McpNotification): void {
    for (const { filter, call } of this.#listeners) if (concerns(notification, filter, call)) call.notify(notification);
  }
}

function concerns({ method, params }: McpNotification, filter: SubscriptionFilter, call: McpCall): boolean {
  const changed = LIST_CHANGES[method];
  if (changed !== undefined) return changed(filter) === true;
  if (method !== "notifications/resources/updated") return call.session !== undefined;
  const { uri } = params;
  return typeof uri === "string" && (filter.resourceSubscriptions ?? []).some((wanted) => covers(wanted, uri));
}

/** A server may tell of a part of what was subscribed to. */
function covers(wanted: string, uri: string): boolean {
  return uri === wanted || uri.startsWith(wanted.endsWith("/") ? wanted : `${wanted}/`);
}
