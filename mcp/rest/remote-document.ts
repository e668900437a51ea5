import type { JsonObject } from "#src/core/json.ts";
import type { RestDocument, SecurityRequirement, SecurityScheme } from "./format.ts";
import { authorizationOf } from "./credentials.ts";
import type { ToolSetSettings } from "../tool-set/settings.ts";
import { HeaderList } from "#src/core/header-list.ts";

/**
 * A document of type `mcp-proxy` as settings of the field `url`. Throws an Error that says what of it cannot be had: a client's credential never
 * goes on to another MCP server.
 */
export function proxySettings({ server, tools = [], network }: RestDocument): JsonObject {
  const { mcpServerURL, transport, protocolStrategy, timeout } = server;
  if (mcpServerURL === undefined) throw new Error("server.mcpServerURL is missing.");
  if (!/^https?:\/\//i.test(mcpServerURL)) {
    throw new Error("server.mcpServerURL is a path; write the whole URL of the server, as in https://example.com/mcp.");
  }
  if (server.passthroughAuthHeader === true || server.defaultDownstreamSecurity?.passthrough === true) {
    throw new Error(
      "The client's credential is not passed on to a remote MCP server. Give the field 'url' credentials of its own, or a token exchange.",
    );
  }
  const own = tools.find(({ requestTemplate }) => requestTemplate?.security !== undefined);
  if (own !== undefined) {
    throw new Error(
      `The tool '${own.name}' has credentials of its own; a remote server has the same for all its tools.`,
    );
  }
  const { url, headers } = shown(server.defaultUpstreamSecurity, server.securitySchemes ?? [], mcpServerURL);
  return {
    endpoints: [url],
    ...(transport !== undefined && { transport }),
    ...(protocolStrategy !== undefined && { era: protocolStrategy }),
    ...(timeout !== undefined && { timeout }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(network !== undefined && { network: { allow: [...network.allow], allowPrivate: network.allowPrivate } }),
  };
}

/** The server's URL and headers, with what it is to be shown. */
function shown(
  security: SecurityRequirement | undefined,
  securitySchemes: readonly SecurityScheme[],
  url: string,
): { readonly url: string; readonly headers: Record<string, string> } {
  const outgoing = { url, headers: new HeaderList() };
  const server = { name: "", securitySchemes, ...(security !== undefined && { defaultUpstreamSecurity: security }) };
  authorizationOf(server, { name: "" })(outgoing, new HeaderList());
  const headers: Record<string, string> = {};
  outgoing.headers.forEach((value, name) => (headers[name] = value));
  return { url: outgoing.url, headers };
}

/** A document with a `toolSet` as settings of the field `toolSet`, with the names that Higress gives its tools. Throws an Error when it has none. */
export function setSettings({ toolSet }: RestDocument): ToolSetSettings {
  if (toolSet === undefined) throw new Error("The document has no toolSet.");
  const servers = toolSet.serverTools.map(({ serverName, tools }) => {
    const prefix = `${serverName}___`;
    return tools === undefined ? { server: serverName, prefix } : { server: serverName, prefix, tools };
  });
  return { servers, timeout: 10_000 };
}
