import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, META } from "#src/core/mcp/messages.ts";
import { isModern, MODERN_VERSIONS } from "#src/core/mcp/versions.ts";
import { decodeHeaderValue } from "../wire/header-value.ts";

/** Which of a request's params `Mcp-Name` mirrors. */
const NAMES: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/** A message of the stateless era, whose headers say what its body says. */
interface Mirrored {
  readonly method: string;
  readonly params: JsonObject;
}

/**
 * Checks the version, which it answers, and the mirrored headers (2026-07-28, "Streamable HTTP", section "Server Validation"). Throws an
 * McpError.
 */
export function checkHeaders(message: Mirrored, headers: Headers): string {
  const meta = metaOf(message.params);
  const version = headers.get("mcp-protocol-version");
  if (version === null) throw mismatch("The header MCP-Protocol-Version is missing.");
  const inBody = meta[META.protocolVersion];
  if (inBody !== undefined && inBody !== version)
    throw mismatch("MCP-Protocol-Version is not the protocolVersion in '_meta'.");
  if (!isModern(version)) throw unsupported(version);
  const method = headers.get("mcp-method");
  if (method !== message.method)
    throw mismatch(method === null ? "The header Mcp-Method is missing." : "Mcp-Method is not the body's 'method'.");
  checkName(message, headers.get("mcp-name"));
  return version;
}

/** What is wrong with what a request tells of its client; HTTP tells it by 400, unlike what else is wrong with params. */
export function faultOfMeta(params: JsonObject): McpError | undefined {
  const meta = metaOf(params);
  const missing = [META.protocolVersion, META.clientCapabilities].find((key) => meta[key] === undefined);
  if (missing !== undefined) return new McpError(ERROR_CODES.invalidParams, `The params' '_meta' lacks '${missing}'.`);
  if (isObject(meta[META.clientCapabilities])) return undefined;
  return new McpError(ERROR_CODES.invalidParams, `'${META.clientCapabilities}' must be an object.`);
}

/** The `_meta` of params; empty when there is none. */
export function metaOf(params: JsonObject): JsonObject {
  const { _meta: meta } = params;
  return isObject(meta) ? meta : {};
}

function checkName({ method, params }: Mirrored, header: string | null): void {
  const field = NAMES[method];
  if (field === undefined) return;
  if (header === null) throw mismatch("The header Mcp-Name is missing.");
  if (decodeHeaderValue(header) !== params[field]) throw mismatch(`Mcp-Name is not the params' '${field}'.`);
}

function mismatch(message: string): McpError {
  return new McpError(ERROR_CODES.headerMismatch, `Header mismatch: ${message}`);
}

/** The error of a version that nobody here speaks. */
function unsupported(requested: string): McpError {
  return new McpError(ERROR_CODES.unsupportedVersion, "Unsupported protocol version", {
    // What `server/discover` names: the older ones are agreed on by `initialize`.
    supported: [...MODERN_VERSIONS],
    requested: requested.slice(0, 64),
  });
}
