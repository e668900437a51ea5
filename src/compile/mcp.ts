import type { Config, McpServerConfig } from "#config/model.ts";
import { mcpRouteOf } from "#config/mcp-route.ts";
import { resolvePath } from "#config/references.ts";
import type { McpHost, McpPlan, McpRoute } from "../core/mcp/host.ts";
import type { Route } from "../core/route.ts";
import type { Embed } from "./embed.ts";

/** What MCP servers are compiled with. */
export interface McpDeps {
  readonly mcp: McpHost;
  readonly configFile?: string;
}

/** The parts of a configuration that its servers may use. */
export interface McpUses {
  readonly embed: Embed;
}

/** A configuration's MCP servers, built and not in use yet. */
export interface CompiledMcp extends Pick<McpPlan, "files"> {
  readonly routes: readonly Route[];
  activate(): void;
  /** Throws away what never came into use. */
  discard(): Promise<void>;
}

/** Builds the MCP servers that are new. Rejects with an Error that names the one that cannot be built. */
export async function compileMcp(
  config: Config,
  { mcp, configFile = "" }: McpDeps,
  { embed }: McpUses,
): Promise<CompiledMcp> {
  const plan = await mcp.prepare(config.mcpServers, {
    sessionKeys: config.sessions.keys,
    resolvePath: (path) => resolvePath(configFile, path),
    embed,
  });
  const entries = new Map(config.mcpServers.map((entry) => [entry.name, entry]));
  let active = false;
  return {
    files: plan.files,
    routes: plan.routes.map((route) => routeOf(route, entries.get(route.name))),
    activate() {
      active = true;
      plan.commit();
    },
    discard: async () => (active ? undefined : plan.discard()),
  };
}

function routeOf({ name: server, path, open, handle }: McpRoute, entry: McpServerConfig | undefined): Route {
  const { name, hosts } = mcpRouteOf(entry ?? { name: server });
  return {
    name,
    match: { hosts, path: matchOf(path) },
    ai: false,
    mcp: true,
    public: open || entry?.public === true,
    handle,
  };
}

/** A path with `{name}` segments as the route table has it. */
function matchOf(path: string): Route["match"]["path"] {
  if (!path.includes("{")) return { exact: path };
  const segments = path
    .split("/")
    .map((segment) => (/^\{\w+\}$/.test(segment) ? "[^/]+" : segment.replace(/[^\w-]/g, "\\$&")));
  return { regex: `^${segments.join("/")}$` };
}
