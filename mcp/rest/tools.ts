import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import type { HostedTool } from "#src/core/mcp/tool.ts";
import { guardedWorld } from "#src/core/network/guarded.ts";
import { createHostedServer } from "../hosted/server.ts";
import type { RestDocument, RestServer } from "./format.ts";
import { restTool } from "./tool.ts";

/** A document's tools, in its order. Throws an Error that names the tool and the field that cannot be used. */
export function restTools(document: RestDocument, world: McpWorld): readonly HostedTool[] {
  const { server, tools = [], allowTools, network } = document;
  const named = tools.map(({ requestTemplate }) => literalHost(requestTemplate?.url ?? "", server));
  const guarded = guardedWorld(world, { named, ...(network !== undefined && { network }) });
  const shown = allowTools === undefined ? tools : tools.filter(({ name }) => allowTools.includes(name));
  return shown.map((tool) => {
    try {
      return restTool(tool, server, guarded);
    } catch (error) {
      throw new Error(`The tool '${tool.name}': ${error instanceof Error ? error.message : "cannot be used"}.`, {
        cause: error,
      });
    }
  });
}

const CONFIGURED = /\{\{-?\s*\.config\.(\w+)\s*-?\}\}/g;

/** The URL as far as the configuration alone says it: a host out of `.config` is the operator's word as well. */
function literalHost(url: string, { config = {} }: RestServer): string {
  return url.trim().replaceAll(CONFIGURED, (whole, name: string) => {
    const value = config[name];
    return typeof value === "string" ? value : whole;
  });
}

/** A server of a document's tools. Throws an Error as {@link restTools} does. */
export function createRestServer(name: string, document: RestDocument, world: McpWorld): McpServer {
  const { description, version } = document.server;
  return createHostedServer({
    name,
    ...(version !== undefined && version !== "" && { version }),
    ...(description !== undefined && { description }),
    tools: restTools(document, world),
  });
}
