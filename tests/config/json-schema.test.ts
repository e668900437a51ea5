import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { configJsonSchema, SCHEMA_FILE, schemaText } from "#config/json-schema.ts";
import { loadConfig } from "#config/parse.ts";
import { formatError } from "#config/report.ts";
import { registry } from "#src/registry.ts";
import { definitions } from "./load.ts";

const EXAMPLE = new URL("../../config/examples/gateway.yaml", import.meta.url);

test("config/schema.json is that of the model; if not: bun scripts/config-schema.ts", () => {
  expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(schemaText(registry.providers, registry));
});

describe("the schema", () => {
  const schema = z.fromJSONSchema(configJsonSchema(definitions));

  test.each([
    ["a provider's own fields", { providers: [{ type: "local", slots: 2 }] }],
    ["references in place of numbers", { listeners: [{ port: "${env:PORT}" }] }],
    ["admin: false", { admin: false }],
    [
      "durations and sizes",
      { routes: [{ name: "r", maxBodySize: "1MiB", http: { services: [{ name: "s" }], timeout: "1m30s" } }] },
    ],
  ])("takes %s", (_, config) => expect(schema.safeParse(config).error).toBeUndefined());

  test.each([
    ["an unknown key", { admn: false }],
    ["an unknown key of a provider", { providers: [{ type: "local", apiToken: "k" }] }],
    ["an unknown type", { providers: [{ type: "opnai" }] }],
    ["a wrong duration", { routes: [{ name: "r", http: { services: [{ name: "s" }], timeout: "soon" } }] }],
    ["a missing name", { routes: [{}] }],
  ])("refuses %s", (_, config) => expect(schema.safeParse(config).success).toBe(false));

  test("describes every key, so that editors can help", () => {
    const bare: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === "properties") {
          for (const [name, property] of Object.entries(
            value as Record<string, { description?: string; const?: string }>,
          )) {
            if (property.description === undefined && property.const === undefined) bare.push(`${path}.${name}`);
          }
        }
        visit(value, `${path}/${key}`);
      }
    };
    visit(configJsonSchema([]), "");
    expect(bare).toEqual([]);
  });
});

test("the example loads, and fits the schema", () => {
  const text = readFileSync(EXAMPLE, "utf8");
  expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=../schema.json");
  const env = { SLUICE_ADMIN_TOKEN: "t", ALICE_KEY: "a", OPENAI_KEY_1: "1", OPENAI_KEY_2: "2", ANTHROPIC_API_KEY: "c" };
  const readFile = (path: string): string => readFileSync(path, "utf8");
  const result = loadConfig(text, { file: "gateway.yaml", env, readFile, definitions: registry.providers });
  expect(result.ok ? "" : result.errors.map(formatError).join("\n")).toBe("");
  const schema = z.fromJSONSchema(configJsonSchema(registry.providers));
  expect(schema.safeParse(parse(text)).error).toBeUndefined();
});
