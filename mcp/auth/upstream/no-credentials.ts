import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";

/** The error of a call that cannot be made, since the gateway has nothing to show the upstream. */
export function noCredentials(cause: unknown): McpError {
  if (cause instanceof McpError) return cause;
  return new McpError(
    ERROR_CODES.internalError,
    "The gateway could not get credentials for this server, so it was not asked. Its log says why.",
    undefined,
    { cause },
  );
}
