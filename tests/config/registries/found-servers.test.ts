import { expect, test } from "bun:test";
import type { Config, McpServerConfig } from "#config/model.ts";
import { FoundServers } from "#config/registries/found-servers.ts";
import { loaded } from "../load.ts";

const session = { idle: 1000, most: 1000 };
const found = (name: string, path: string, hosts?: readonly string[]): McpServerConfig => {
  const settings = { kind: "rest", settings: {}, policies: {}, session, public: false, found: true };
  return { name, path, ...settings, ...(hosts === undefined ? {} : { hosts }) };
};

function over(servers: readonly McpServerConfig[], own: readonly McpServerConfig[] = []) {
  const config: Config = { ...loaded("admin: false"), mcpServers: own };
  const told: string[] = [];
  const all = new FoundServers((server, reason) => void told.push(`${server}: ${reason}`));
  const whole = all.over(config, servers);
  return { all, config, whole, told, names: whole.mcpServers.map(({ name }) => name) };
}

test("servers that were found are put behind those of the configuration", () => {
  const { names, told } = over([found("b", "/b")], [found("a", "/a")]);
  expect(names).toEqual(["a", "b"]);
  expect(told).toEqual([]);
});

test("without any, the configuration is the same", () => {
  const { config, whole } = over([]);
  expect(whole).toBe(config);
});

test("what has not changed is the same list", () => {
  const servers = [found("b", "/b")];
  const { all, config, whole } = over(servers, [found("a", "/a")]);
  expect(all.over(config, [...servers]).mcpServers).toBe(whole.mcpServers);
  expect(all.over(config, [found("b", "/b")]).mcpServers).not.toBe(whole.mcpServers);
});

test("a name or a path that is taken is told of", () => {
  const own = [found("a", "/a"), found("h", "/h", ["One.test"])];
  const servers = [found("a", "/x"), found("b", "/a"), found("c", "/c"), found("c", "/d"), found("e", "/c")];
  const { names, told } = over([...servers, found("f", "/h", ["two.test"]), found("g", "/h", ["one.test"])], own);
  expect(names).toEqual(["a", "h", "c", "f"]);
  expect(told).toEqual([
    "a: there is an MCP server of this name already",
    "b: its path /a is that of a already",
    "c: there is an MCP server of this name already",
    "e: its path /c is that of c already",
    "g: its path /h is that of h already",
  ]);
});
