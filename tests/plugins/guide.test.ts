import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { isObject } from "#src/core/json.ts";
import { plugin } from "#config/model/plugins.ts";
import { loadConfig } from "#config/parse.ts";
import { formatError } from "#config/report.ts";
import { registry } from "#src/registry.ts";

/** docs/plugins.md, how plugins are configured. */
const PAGE = readFileSync(new URL("../../docs/plugins.md", import.meta.url), "utf8");

const REST = `
providers: [{ type: echo }]
services: [{ name: backend, endpoints: ["127.0.0.1:9"] }]
routes: [{ name: all, ai: { upstreams: [{ provider: echo }] } }]
`;

describe("docs/plugins.md", () => {
  test("every example is a configuration", () => {
    const examples = Array.from(PAGE.matchAll(/```yaml\n([\s\S]*?)```/g), ([, yaml = ""]) => yaml);
    expect(examples.length).toBeGreaterThan(3);
    const loading = {
      file: "gateway.yaml",
      readFile: () => "",
      definitions: registry.providers,
      mcp: registry,
      env: {},
    };
    const errors = examples.flatMap((yaml) => {
      const result = loadConfig(yaml + REST, { ...loading, plugins: registry.plugins });
      return result.ok ? [] : result.errors.map(formatError);
    });
    expect(errors).toEqual([]);
  });

  test("names every key of an entry and of a rule", () => {
    const keys = (node: unknown): string[] => {
      if (!isObject(node)) return [];
      const own = isObject(node["properties"]) ? Object.entries(node["properties"]) : [];
      return [...own.flatMap(([key, value]) => [key].concat(keys(value))), ...keys(node["items"])];
    };
    const all = keys(z.toJSONSchema(plugin, { io: "input", unrepresentable: "any" }));
    expect(all.length).toBeGreaterThan(20);
    const code = Array.from(PAGE.matchAll(/`([^`\n]+)`/g), ([, span = ""]) => span).join(" ");
    expect(all.filter((key) => !new RegExp(`\\b${key}\\b`).test(code))).toEqual([]);
  });

  test("names every property, and none that there is not", () => {
    const source = readFileSync(new URL("../../src/plugin-host/attributes.ts", import.meta.url), "utf8");
    const known = Array.from(source.matchAll(/^ {2}"?([a-z_.]+)"?: \(/gm), ([, name = ""]) => name);
    expect(known.length).toBeGreaterThan(20);
    const table = PAGE.slice(PAGE.indexOf("| Property"), PAGE.indexOf("## One's own"));
    const told = Array.from(table.matchAll(/`([a-z_.]+)(?:\.NAME)?`/g), ([, name = ""]) => name).filter(
      (name) => name !== "traceparent",
    );
    expect(new Set(told)).toEqual(new Set([...known, "request.headers", "response.headers"]));
  });
});
