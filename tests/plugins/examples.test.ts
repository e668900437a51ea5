import { readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { isObject } from "#src/core/json.ts";
import { registry } from "#src/registry.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";

/** Every page's examples are whole configurations, as far as they go. */
const PAGES = registry.plugins.map(({ name }) => name);

function examplesOf(page: string): readonly object[][] {
  const text = readFileSync(new URL(`../../docs/plugins/${page}.md`, import.meta.url), "utf8");
  return Array.from(text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm), ([, yaml = ""]) => {
    const example: unknown = parse(yaml);
    const plugins: unknown = isObject(example) ? example["plugins"] : undefined;
    return Array.isArray(plugins) ? plugins.filter((entry) => isObject(entry)) : [];
  });
}

describe.each(PAGES)("the examples of %s", (page) => {
  test("are configurations that can be used", async () => {
    const examples = examplesOf(page);
    expect(examples.length).toBeGreaterThan(0);
    await using stage = await pluginStage({ plugins: [] });
    for (const plugins of examples) {
      expect(plugins.length).toBeGreaterThan(0);
      await stage.apply(plugins);
    }
  });
});
