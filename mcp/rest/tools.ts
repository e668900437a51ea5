import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import type { HostedTool } from "#src/core/mcp/tool.ts";
import { guardedWorld } from "#src/core/network/guarded.ts";
import { createUpstreamCredentials } from "../auth/upstream/create.ts";
import type { UpstreamCredentials } from "../auth/upstream/credentials.ts";
import type { UpstreamAuth } from "../auth/upstream/settings.ts";
import { createHostedServer } from "../hosted/server.ts";
import type { RestDocument, RestServer } from "./format.ts";
import { restTool } from "./tool.ts";

/** A document's tools, in its order. Throws an Error that names the tool and the field that cannot be used. */
export function restTools(
  document: RestDocument,
  world: McpWorld,
  upstream?: UpstreamCredentials,
): readonly HostedTool[] {
  const { server, tools = [], allowTools, network } = document;
  const urls = tools.map(({ requestTemplate }) => literalHosts(requestTemplate?.url ?? "", server));
  if (upstream !== undefined) tools.forEach(({ name }, at) => urls[at]?.forEach((url) => checkHost(name, url)));
  const named = urls.flat();
  const guarded = guardedWorld(world, { named, ...(network !== undefined && { network }) });
  const shown = allowTools === undefined ? tools : tools.filter(({ name }) => allowTools.includes(name));
  return shown.map((tool) => {
    try {
      return restTool(tool, server, guarded, upstream);
    } catch (error) {
      throw new Error(`The tool '${tool.name}': ${error instanceof Error ? error.message : "cannot be used"}.`, {
        cause: error,
      });
    }
  });
}

/** The gateway's credentials go to a host that its operator wrote, not to one that a model's arguments make. */
function checkHost(tool: string, url: string): void {
  if (url === "" || /^https?:\/\/[^/?#{}]+(?:[/?#]|$)/i.test(url)) return;
  throw new Error(
    `The tool '${tool}': with 'upstream', the host in requestTemplate.url must not be made by a template.`,
  );
}

const CONFIGURED = /\{\{-?\s*\.config\.(\w+)\s*-?\}\}/g;

/** The URL as far as the configuration alone says it: a host out of `.config` is the operator's word as well. */
function literalHosts(url: string, { config = {}, baseUrl = "" }: RestServer): readonly string[] {
  const bases = typeof baseUrl === "string" ? [baseUrl] : baseUrl;
  const wholes = url.trim().startsWith("/") ? bases : [url.trim()];
  return wholes.map((whole) =>
    whole.replaceAll(CONFIGURED, (written, name: string) => {
      const value = config[name];
      return typeof value === "string" ? value : written;
    }),
  );
}

/** A server of a document's tools; `auth` is what its API is shown. Throws an Error as {@link restTools} does. */
export function createRestServer(
  name: string,
  document: RestDocument,
  world: McpWorld,
  auth?: UpstreamAuth,
): McpServer {
  const upstream = auth === undefined ? undefined : createUpstreamCredentials(auth, { name }, world);
  const { description, version } = document.server;
  return createHostedServer({
    name,
    ...(version !== undefined && version !== "" && { version }),
    ...(description !== undefined && { description }),
    tools: restTools(document, world, upstream),
    close: async () => upstream?.close(),
  });
}
