import { Fault } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";

const MOST = 100;
const USUAL = 20;

/** One page of a list of items as OpenAI shows it: the newest first unless asked otherwise. `items` are the oldest first. */
export function pageOf(items: readonly JsonObject[], search: string): JsonObject {
  const query = new URLSearchParams(search);
  const ordered = query.get("order") === "asc" ? items : items.toReversed();
  const begin = beginOf(ordered, query.get("after"));
  const limit = limitOf(query.get("limit"));
  const page = ordered.slice(begin, begin + limit);
  return {
    ...listOf(page),
    has_more: begin + limit < ordered.length,
  };
}

/** A whole list, however long. */
export function listOf(items: readonly JsonObject[]): JsonObject {
  return {
    object: "list",
    data: [...items],
    first_id: items[0]?.["id"] ?? null,
    last_id: items.at(-1)?.["id"] ?? null,
    has_more: false,
  };
}

function beginOf(items: readonly JsonObject[], after: string | null): number {
  if (after === null) return 0;
  const index = items.findIndex(({ id }) => id === after);
  if (index >= 0) return index + 1;
  throw new Fault("object_not_found", `Item with id '${after}' not found.`, { param: "after" });
}

function limitOf(given: string | null): number {
  if (given === null) return USUAL;
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new Fault("invalid_request", `limit must be a whole number from 1 to ${MOST}.`, { param: "limit" });
}
