import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpClient } from "#src/core/mcp/server.ts";
import type { ToolResult } from "#src/core/mcp/tool.ts";

/** Where a user signs in, and the words that go with it. */
export interface SignInLink {
  readonly url: string;
  readonly elicitationId: string;
  readonly message: string;
}

/** A call that waits for its user: in the form its client understands. */
export class SignInRequired extends McpError {
  constructor(link: SignInLink, client: McpClient) {
    const typed = client.version === URL_ELICITATION_SINCE && opensUrls(client);
    super(
      typed ? ERROR_CODES.urlElicitationRequired : ERROR_CODES.internalError,
      typed ? link.message : `${link.message} Open this link in a browser, then try again: ${link.url}`,
      typed ? { elicitations: [elicitationOf(link)] } : undefined,
    );
    this.name = "SignInRequired";
  }
}

/** The first version with URLs that users are asked to open, and the only one with an error for it. */
const URL_ELICITATION_SINCE = "2025-11-25";

/** Whether the client can be asked to open a URL. */
export function opensUrls({ version, capabilities }: McpClient): boolean {
  const elicitation = capabilities["elicitation"];
  return version >= URL_ELICITATION_SINCE && isObject(elicitation) && isObject(elicitation["url"]);
}

/** The params of `elicitation/create`. */
export function elicitationOf({ url, elicitationId, message }: SignInLink): JsonObject {
  return { mode: "url", elicitationId, url, message };
}

/** What a `tools/call` answers in place of an error that models do not see; undefined for every other thing that was thrown. */
export function signInResult(thrown: unknown): ToolResult | undefined {
  if (!(thrown instanceof SignInRequired) || thrown.code === ERROR_CODES.urlElicitationRequired) return undefined;
  return { content: [{ type: "text", text: thrown.message }], isError: true };
}
