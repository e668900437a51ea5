import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification } from "#src/core/mcp/messages.ts";
import type { SubscriptionFilter } from "#src/core/mcp/server.ts";

/** The lists that may change: their capability, their field of a filter and their notification. */
export const LISTS = [
  { capability: "tools", field: "toolsListChanged", method: "notifications/tools/list_changed" },
  { capability: "prompts", field: "promptsListChanged", method: "notifications/prompts/list_changed" },
  { capability: "resources", field: "resourcesListChanged", method: "notifications/resources/list_changed" },
] as const;

/** The most resources one subscription may name. */
const MOST_RESOURCES = 1000;

/** The filter of a `subscriptions/listen`. Throws an McpError for what is none. */
export function filterOf(value: Json | undefined): SubscriptionFilter {
  if (!isObject(value)) throw wrong("'notifications' must be an object that says what to listen to.");
  const { resourceSubscriptions: uris } = value;
  if (uris !== undefined && !(Array.isArray(uris) && uris.every((uri) => typeof uri === "string")))
    throw wrong("'resourceSubscriptions' must be a list of URIs.");
  if (uris !== undefined && uris.length > MOST_RESOURCES)
    throw wrong(`A subscription may name ${MOST_RESOURCES} resources.`);
  const lists = Object.fromEntries(
    LISTS.filter(({ field }) => value[field] === true).map(({ field }) => [field, true]),
  );
  return uris === undefined || uris.length === 0 ? lists : { ...lists, resourceSubscriptions: uris };
}

/** Whether a filter lets a notification through. */
export function passes({ method, params }: McpNotification, filter: SubscriptionFilter): boolean {
  const list = LISTS.find((one) => one.method === method);
  if (list !== undefined) return filter[list.field] === true;
  if (method !== "notifications/resources/updated") return false;
  const { uri } = params;
  return typeof uri === "string" && filter.resourceSubscriptions?.includes(uri) === true;
}

/** What of a filter is honoured: lists that the server has, for the gateway itself tells of their change, and what the server takes on. */
export function honouredOf(
  filter: SubscriptionFilter,
  capabilities: JsonObject,
  taken: SubscriptionFilter,
): SubscriptionFilter {
  const lists = LISTS.filter(
    ({ capability, field }) => filter[field] === true && capabilities[capability] !== undefined,
  );
  const uris = taken.resourceSubscriptions ?? [];
  return {
    ...Object.fromEntries(lists.map(({ field }) => [field, true])),
    ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }),
  };
}

function wrong(message: string): McpError {
  return new McpError(ERROR_CODES.invalidParams, message);
}
