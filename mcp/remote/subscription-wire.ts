import { isObject, type JsonObject } from "#src/core/json.ts";
import { META, type McpNotification } from "#src/core/mcp/messages.ts";
import type { SubscriptionFilter } from "#src/core/mcp/server.ts";

/** How subscriptions of 2026-07-28 look on the wire. */

/** The params of `subscriptions/listen`. */
export function listenParams(filter: SubscriptionFilter): JsonObject {
  const { resourceSubscriptions, ...lists } = filter;
  const notifications: JsonObject = { ...lists };
  if (resourceSubscriptions !== undefined) notifications["resourceSubscriptions"] = [...resourceSubscriptions];
  return { notifications };
}

/** What of a filter the server honours, as `notifications/subscriptions/acknowledged` says it. */
export function acknowledgedIn({ notifications }: JsonObject): SubscriptionFilter {
  if (!isObject(notifications)) return {};
  const { toolsListChanged, promptsListChanged, resourcesListChanged, resourceSubscriptions } = notifications;
  const uris = Array.isArray(resourceSubscriptions)
    ? resourceSubscriptions.filter((uri) => typeof uri === "string")
    : [];
  return {
    ...(toolsListChanged === true && { toolsListChanged }),
    ...(promptsListChanged === true && { promptsListChanged }),
    ...(resourcesListChanged === true && { resourcesListChanged }),
    ...(uris.length > 0 && { resourceSubscriptions: uris }),
  };
}

/** Without the tag of our own subscription: the client's is another. */
export function untagged({ method, params }: McpNotification): McpNotification {
  const { _meta, ...rest } = params;
  if (!isObject(_meta)) return { method, params };
  const { [META.subscriptionId]: _, ...kept } = _meta;
  return { method, params: Object.keys(kept).length === 0 ? rest : { ...rest, _meta: kept } };
}
