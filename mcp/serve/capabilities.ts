import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";

/** What a client must be able to do to be asked. */
const NEEDED: Readonly<Record<string, string>> = {
  "sampling/createMessage": "sampling",
  "elicitation/create": "elicitation",
  "roots/list": "roots",
};

/** Checks that a client of these capabilities can be asked this. Throws an McpError that says what is missing. */
export function checkAskable({ method, params }: McpRequest, capabilities: JsonObject): void {
  const needed = NEEDED[method];
  if (needed === undefined) throw new McpError(ERROR_CODES.methodNotFound, `A client cannot be asked '${method}'.`);
  const capability = capabilities[needed];
  if (capability === undefined) throw missing({ [needed]: {} }, needed);
  if (method === "elicitation/create" && params["mode"] === "url" && !hasMode(capability, "url"))
    throw missing({ elicitation: { url: {} } }, "elicitation by URL");
  if (method === "sampling/createMessage" && params["tools"] !== undefined && !hasMode(capability, "tools"))
    throw missing({ sampling: { tools: {} } }, "sampling with tools");
}

function hasMode(capability: JsonObject[string], mode: string): boolean {
  return isObject(capability) && capability[mode] !== undefined;
}

function missing(requiredCapabilities: JsonObject, what: string): McpError {
  return new McpError(ERROR_CODES.missingCapability, `The client does not offer ${what}, which this request needs.`, {
    requiredCapabilities,
  });
}
