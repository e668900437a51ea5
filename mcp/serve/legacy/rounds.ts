import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer } from "#src/core/mcp/server.ts";
import { isInputRequired } from "../results.ts";

/** A server that never has enough would keep its client busy for ever. */
const MOST_ROUNDS = 32;

/**
 * Has a request answered for a client of the session era: what a server of the stateless era wants to know first is asked of the client,
 * and the request sent again with the answers.
 */
export async function answerInRounds(
  server: McpServer,
  request: McpRequest,
  call: McpCall,
  first: JsonObject,
): Promise<JsonObject> {
  let result = first;
  for (let round = 0; isInputRequired(result); round++) {
    if (round === MOST_ROUNDS) throw new McpError(ERROR_CODES.internalError, "The server asks for input without end.");
    const { requestState } = result;
    const inputResponses = await gathered(result["inputRequests"], call);
    const params = { ...request.params, inputResponses, ...(requestState === undefined ? {} : { requestState }) };
    result = await server.handle({ method: request.method, params }, call);
  }
  return result;
}

/** The client's answers to all that is asked, side by side. */
async function gathered(requests: JsonObject[string] | undefined, call: McpCall): Promise<JsonObject> {
  const asked = Object.entries(isObject(requests) ? requests : {}).map(async ([key, request]) => {
    const { method = "", params = {} } = isObject(request) ? request : {};
    if (typeof method !== "string" || !isObject(params))
      throw new McpError(ERROR_CODES.internalError, "The server asks for input in a form that is none.");
    return [key, await call.ask({ method, params })] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}
