import type { McpKind, McpWorld } from "#src/core/mcp/kind.ts";
import { Member } from "./member.ts";
import type { Finder } from "./search/finder.ts";
import { MeaningFinder } from "./search/meaning-finder.ts";
import { WordFinder } from "./search/word-finder.ts";
import { ToolSetServer } from "./server.ts";
import { type MemberSettings, type SearchSettings, type ToolSetSettings, toolSetSettings } from "./settings.ts";

/** Several servers of the configuration as one. */
export const toolSetKind: McpKind<ToolSetSettings> = {
  kind: "toolSet",
  schema: toolSetSettings,
  create(name, { servers, timeout, search }, world) {
    const { clock, log } = world;
    return new ToolSetServer({
      name,
      clock,
      log,
      timeout,
      members: servers.map((settings) => memberOf(name, settings, world)),
      ...(search === undefined ? {} : { search: { ...search, finder: finderOf(search, world) } }),
    });
  },
};

function memberOf(set: string, settings: MemberSettings, world: McpWorld): Member {
  const { server: name } = settings;
  if (name === set) throw new Error("A tool set cannot be part of itself.");
  const server = world.server(name);
  if (server === undefined) throw new Error(`There is no MCP server '${name}'; its name must stand in mcpServers.`);
  return new Member(settings, server);
}

function finderOf({ provider, model }: SearchSettings, world: McpWorld): Finder {
  const words = new WordFinder();
  if (provider === undefined || model === undefined) return words;
  return new MeaningFinder((texts) => world.embed(provider, model, texts), words, world.log);
}
