import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { restKind } from "#mcp/rest/kind.ts";
import { readRestDocument } from "#mcp/rest/read.ts";
import { documentOf } from "#mcp/rest/settings.ts";
import { JsonNode } from "#src/core/gjson/node.ts";
import { compileTemplate } from "#mcp/rest/template/template.ts";
import { restTools } from "#mcp/rest/tools.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { CONTEXT } from "./template/context.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const page = readFileSync(`${ROOT}docs/mcp-rest.md`, "utf8");
const blocks = Array.from(page.matchAll(/```yaml\n([\s\S]*?)```/g), ([, block = ""]) => block);
const world = mcpWorld({ readFile: (path) => readFileSync(ROOT + path, "utf8") });

describe("the page's examples", () => {
  test("of documents make tools", () => {
    const documents = blocks.filter((block) => block.startsWith("server:"));
    expect(documents.length).toBeGreaterThan(3);
    for (const document of documents) expect(restTools(readRestDocument(document), world).length).toBeGreaterThan(0);
  });

  test("of the configuration make servers", async () => {
    const block = blocks.find((text) => text.startsWith("mcpServers:"));
    const { mcpServers } = parse(block!) as { mcpServers: { name: string; rest: unknown }[] };
    expect(mcpServers.length).toBe(3);
    for (const { name, rest } of mcpServers) {
      const settings = restKind.schema.parse(rest);
      expect(documentOf(settings, world).tools?.length).toBeGreaterThan(0);
      await restKind.create(name, settings, world);
    }
  });

  const [, data = ""] = /\| Template over `(.*?)` +\|/.exec(page) ?? [];
  const rows = Array.from(
    page.matchAll(/^\| `(\{\{.*?\}\})` +\| `(.*?)` +\|$/gm),
    ([, template = "", result = ""]) => [template.replaceAll("\\|", "|"), result] as const,
  );

  test("of templates are there", () => expect(rows.length).toBe(8));
  for (const [template, result] of rows) {
    test(template, () => {
      const rendered = compileTemplate(template).render(JsonNode.parse(data)!, CONTEXT);
      expect(rendered.trim()).toBe(result);
    });
  }
});
