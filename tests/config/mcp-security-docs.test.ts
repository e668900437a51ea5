import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { loadConfig } from "#config/parse.ts";
import { registry } from "#src/registry.ts";

const PAGE = readFileSync(new URL("../../docs/mcp-security.md", import.meta.url), "utf8");
const EXAMPLES = Array.from(PAGE.matchAll(/```yaml\n(.*?)```/gs), ([, text = ""]) => text);

test.each(EXAMPLES.map((text, at) => [at + 1, text] as const))("example %d is a configuration", (_, text) => {
  const loaded = loadConfig(text, {
    definitions: registry.providers,
    mcp: registry,
    file: "gateway.yaml",
    env: { USER_SECRET: "a long random text" },
    readFile: () => "",
  });
  expect(loaded.ok ? [] : loaded.errors).toEqual([]);
});

test("the page names the policies in the order in which they stand", () => {
  const fields = registry.mcpPolicies.map(({ field }) => `\`${field}\``);
  const order = /They stand around the server in this order.*?\. What/s.exec(PAGE)?.[0] ?? "";
  expect(Array.from(order.matchAll(/`\w+`/g), ([name]) => name)).toEqual(fields);
});
