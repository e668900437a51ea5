import { ERROR_CODES, McpError, SessionLost } from "#src/core/mcp/messages.ts";
import { McpRefusal } from "#src/core/mcp/policy.ts";
import { errorAnswer, errorText, jsonAnswer } from "./outgoing.ts";

/** The HTTP answer of what no JSON-RPC error says, as long as nothing has been sent; undefined for everything else. */
export function refusalOf(thrown: unknown): Response | undefined {
  if (thrown instanceof McpRefusal) {
    const error = new McpError(ERROR_CODES.invalidRequest, thrown.message);
    return jsonAnswer(errorText(undefined, error), thrown.status, thrown.headers);
  }
  return thrown instanceof SessionLost ? errorAnswer(thrown, 404) : undefined;
}
