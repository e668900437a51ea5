import type { McpKind, McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { urlKind } from "../remote/kind.ts";
import type { RestDocument } from "./format.ts";
import { onlyTools } from "./only-tools.ts";
import { toolSetKind } from "../tool-set/kind.ts";
import { proxySettings, setSettings } from "./remote-document.ts";
import { documentOf, type RestSettings, restSettingsSchema, upstreamOf } from "./settings.ts";
import { createRestServer } from "./tools.ts";

/** REST calls as tools, in Higress' format. */
export const restKind: McpKind<RestSettings> = {
  kind: "rest",
  schema: restSettingsSchema,
  create(name, settings, world) {
    const document = documentOf(settings, world);
    if (document.toolSet !== undefined) return toolSetKind.create(name, setSettings(document), world);
    if (document.server.type === "mcp-proxy" && upstreamOf(settings) !== undefined) {
      throw new Error("A document of type mcp-proxy has no 'upstream': give the field 'url' its 'credentials'.");
    }
    if (document.server.type === "mcp-proxy") return remoteServer(name, document, world);
    if ((document.tools ?? []).length === 0) throw new Error("The document has no tools; list them under 'tools'.");
    return createRestServer(name, document, world, upstreamOf(settings));
  },
};

/** A document may describe a remote MCP server as well, and name those of its tools that are seen. */
async function remoteServer(name: string, document: RestDocument, world: McpWorld): Promise<McpServer> {
  const server = await urlKind.create(name, urlKind.schema.parse(proxySettings(document)), world);
  const { tools = [], allowTools } = document;
  const listed = tools.length === 0 ? undefined : tools.map((tool) => tool.name);
  const seen = listed === undefined ? allowTools : listed.filter((tool) => allowTools?.includes(tool) ?? true);
  return seen === undefined ? server : onlyTools(server, new Set(seen));
}
