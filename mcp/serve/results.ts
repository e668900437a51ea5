import type { JsonObject } from "#src/core/json.ts";

/** Requests whose results say how long they hold and for whom (2026-07-28, "Caching"). */
const CACHED: ReadonlySet<string> = new Set([
  "server/discover",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "prompts/list",
]);

/** A result with all that 2026-07-28 demands: what a server left out is the careful value. */
export function completed(method: string, result: JsonObject): JsonObject {
  if (!CACHED.has(method) || result["resultType"] === "input_required") {
    return result["resultType"] === undefined ? { resultType: "complete", ...result } : result;
  }
  return { resultType: "complete", ttlMs: 0, cacheScope: "private", ...result };
}

/** A result as the session era knows it: without what 2026-07-28 added to every result. */
export function withoutHints(result: JsonObject): JsonObject {
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, ...rest } = result;
  return rest;
}

/** Whether the server wants to know more before it answers. */
export function isInputRequired(result: JsonObject): boolean {
  return result["resultType"] === "input_required";
}
