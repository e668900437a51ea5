import type { McpSession } from "#src/core/mcp/server.ts";

/** A client's session, kept in memory, which the test ends. */
export interface TestSession extends McpSession {
  end(): void;
}

/** Makes a session. */
export function mcpSession(id: string): TestSession {
  const values = new Map<string, string>();
  const ended = new AbortController();
  return {
    id,
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    ended: ended.signal,
    end: () => ended.abort(),
  };
}
