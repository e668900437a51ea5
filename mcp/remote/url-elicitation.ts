import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import { isModern } from "#src/core/mcp/versions.ts";
import type { McpCall } from "#src/core/mcp/server.ts";

/**
 * What 2025-11-25 says by an error, "the user must visit these pages first, then ask again", as a newer client is told it; undefined when
 * the error says something else, or the client is to have it as it is.
 */
export function inputRequiredOf(error: unknown, { client }: McpCall): JsonObject | undefined {
  if (!(error instanceof McpError) || error.code !== ERROR_CODES.urlElicitationRequired) return undefined;
  if (!isModern(client.version) || !isObject(error.data)) return undefined;
  const { elicitations } = error.data;
  if (!Array.isArray(elicitations)) return undefined;
  const inputRequests: JsonObject = {};
  for (const [index, params] of elicitations.entries()) {
    if (isObject(params)) inputRequests[`url-${index + 1}`] = { method: "elicitation/create", params };
  }
  return Object.keys(inputRequests).length === 0 ? undefined : { resultType: "input_required", inputRequests };
}
