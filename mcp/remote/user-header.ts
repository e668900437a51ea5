import type { McpUser } from "#src/core/mcp/server.ts";
import type { UpstreamCredentials } from "../auth/upstream/credentials.ts";

/** How Higress passes a user's own settings on: JSON in base64. */
const HEADER = "x-higress-mcpserver-config";

/** A user's own settings, for upstreams that read them as those behind Higress do. Calls of nobody's own server get no header. */
export const userHeader: UpstreamCredentials = {
  contextOf: ({ caller: { user } }) => (user === undefined ? "" : user.id),
  authorize(headers, { caller: { user } }) {
    if (hasConfig(user)) headers.set(HEADER, new TextEncoder().encode(JSON.stringify(user.config)).toBase64());
    return undefined;
  },
  rejected: async () => false,
  close() {},
};

function hasConfig(user: McpUser | undefined): user is McpUser {
  return user !== undefined && Object.keys(user.config).length > 0;
}
