import { HeaderList } from "#src/core/header-list.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type { Caller, McpCall, McpClient, McpSession } from "#src/core/mcp/server.ts";

/** What a call is made of; everything left out is that of a plain new client who is nobody in particular. */
export interface CallParts {
  readonly client?: Partial<McpClient>;
  readonly caller?: Partial<Caller>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly session?: McpSession;
  readonly signal?: AbortSignal;
  /** How the client answers; left out: it cannot be asked. */
  readonly answer?: (request: McpRequest) => Promise<JsonObject> | JsonObject;
}

/** A call as a server sees it, with what it sent back to the client. */
export interface MadeCall extends McpCall {
  readonly notifications: McpNotification[];
}

/** Makes a call without any connection behind it. */
export function mcpCall(parts: CallParts = {}): MadeCall {
  const headers = new HeaderList();
  for (const [name, value] of Object.entries(parts.headers ?? {})) headers.append(name.toLowerCase(), value);
  const notifications: McpNotification[] = [];
  return {
    client: { version: "2026-07-28", capabilities: {}, ...parts.client },
    caller: { subject: "", ...parts.caller },
    headers,
    session: parts.session,
    signal: parts.signal ?? new AbortController().signal,
    notifications,
    notify: (notification) => void notifications.push(notification),
    async ask(request) {
      if (parts.answer === undefined) throw new McpError(ERROR_CODES.missingCapability, "The client cannot be asked.");
      return parts.answer(request);
    },
  };
}
