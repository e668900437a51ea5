import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpClient, ServerDescription } from "#src/core/mcp/server.ts";
import { isLegacy, LEGACY_VERSIONS } from "#src/core/mcp/versions.ts";
import { legacyCapabilities, legacyImplementation } from "./form.ts";

/** The client that an `initialize` introduces, with the revision it will be spoken to in. Throws an McpError. */
export function clientOf({ protocolVersion, capabilities = {}, clientInfo }: JsonObject): McpClient {
  if (typeof protocolVersion !== "string") throw wrong("An initialize needs the client's 'protocolVersion'.");
  if (!isObject(capabilities)) throw wrong("The 'capabilities' of an initialize must be an object.");
  const version = isLegacy(protocolVersion) ? protocolVersion : LEGACY_VERSIONS[0];
  return { version, capabilities, ...(isObject(clientInfo) ? { info: clientInfo } : {}) };
}

/** The result of an `initialize`. */
export function initializeResult(description: ServerDescription, { version }: McpClient): JsonObject {
  const { capabilities, serverInfo, instructions } = description;
  return {
    protocolVersion: version,
    capabilities: legacyCapabilities(capabilities, version),
    serverInfo: legacyImplementation(serverInfo, version),
    ...(instructions === undefined ? {} : { instructions }),
  };
}

/** Whether a body begins a session. */
export function isInitialize(value: Json): value is JsonObject {
  return isObject(value) && value["method"] === "initialize" && value["id"] !== undefined;
}

function wrong(message: string): McpError {
  return new McpError(ERROR_CODES.invalidParams, message);
}
