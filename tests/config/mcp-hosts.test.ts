import { describe, expect, test } from "bun:test";
import type { McpHost } from "#src/core/mcp/host.ts";
import { mcpPaths } from "#config/mcp-checks.ts";
import { type Config, configSchema } from "#config/model.ts";
import { compileMcp } from "#src/compile/mcp.ts";
import { registry } from "#src/registry.ts";

function written(...hosts: readonly (readonly string[] | undefined)[]): object {
  const mcpServers = hosts.map((one, index) =>
    Object.assign(
      { name: `s${index}`, path: "/mcp", url: "https://a.test/mcp" },
      one === undefined ? {} : { hosts: one },
    ),
  );
  return { mcpServers };
}

const loaded = (config: object): Config => configSchema(registry.providers, registry).parse(config);

function problems(config: object): string[] {
  const found: string[] = [];
  mcpPaths({ ...config }, (path, message) => found.push(`${path.join(".")} ${message}`));
  return found;
}

describe("MCP servers of one path", () => {
  test("may be on hosts of their own", () => {
    const config = written(["a.test"], ["B.test", "*.b.test"]);
    expect(problems(config)).toEqual([]);
    expect(loaded(config).mcpServers.map(({ hosts }) => hosts)).toEqual([["a.test"], ["b.test", "*.b.test"]]);
  });

  test("must not share one", () => {
    const shared = ["mcpServers.1.path is the path of mcpServers[0] already"];
    expect(problems(written(undefined, undefined))).toEqual(shared);
    expect(problems(written(["a.test", "b.test"], ["B.test"]))).toEqual(shared);
  });
});

test("an MCP server's routes are for its hosts, all of them when it names none", async () => {
  const handle = (): Promise<Response> => Promise.resolve(new Response());
  const mcp: McpHost = {
    active: { sessions: 0, streams: 0 },
    close: () => Promise.resolve(),
    prepare: (entries) =>
      Promise.resolve({
        routes: entries.map(({ name, path }) => ({ name, path, open: false, handle })),
        files: new Map(),
        commit() {},
        discard: () => Promise.resolve(),
      }),
  };
  const embed = (): Promise<never> => Promise.reject(new Error("unused"));
  const config = loaded(written(["a.test"], undefined));
  const [first, ...others] = config.mcpServers;
  const mcpServers = first === undefined ? others : [{ ...first, route: "default/shop/a.test/mcp" }, ...others];
  const { routes } = await compileMcp({ ...config, mcpServers }, { mcp }, { embed });
  expect(routes.map(({ name, match }) => [name, match.hosts])).toEqual([
    ["default/shop/a.test/mcp", ["a.test"]],
    ["mcp:s1", ["*"]],
  ]);
});
