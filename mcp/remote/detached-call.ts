import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";

/** One for all, since who listens to it stops when done; made when first asked for, since workers allow none before a request. */
let never: AbortSignal | undefined;

/** A call for what several callers wait for, on behalf of the first of them: its end does not end it, and nobody is asked or told. */
export function detached(call: McpCall): McpCall {
  return {
    client: call.client,
    caller: call.caller,
    headers: call.headers,
    session: call.session,
    signal: (never ??= new AbortController().signal),
    notify() {},
    ask: () => Promise.reject(new McpError(ERROR_CODES.internalError, "There is no client to be asked just now.")),
  };
}
