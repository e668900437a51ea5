import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";

/** The arguments in the params of a `tools/call`. Throws an McpError when they are no object. */
export function argumentsOf(params: JsonObject): JsonObject {
  const args = params["arguments"] ?? {};
  if (isObject(args)) return args;
  throw new McpError(ERROR_CODES.invalidParams, "The 'arguments' of a tools/call must be an object.");
}
