import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { configJsonSchema } from "#config/json-schema.ts";
import { registry } from "#src/registry.ts";

const PAGE = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");

/** Parts that the page leaves out on purpose: this version does not run them, or the JSON Schema is the place to look. */
const LEFT_OUT = new Set(["$schema", "plugins", "mcpServers", "registries"]);

/** Every key of the model, without those of single provider types. */
function keys(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties, ...others } = schema as { readonly properties?: Readonly<Record<string, unknown>> };
  const own = Object.entries(properties ?? {}).filter(([key]) => !LEFT_OUT.has(key));
  return [...own.flatMap(([key, value]) => [key].concat(keys(value))), ...Object.values(others).flatMap(keys)];
}

test("the page names every key", () => {
  const missing = [...new Set(keys(configJsonSchema([])))].filter((key) => !new RegExp(`\\b${key}\\b`).test(PAGE));
  expect(missing).toEqual([]);
});

test("the page names every type of provider and every variable", () => {
  const types = registry.providers.map(({ type }) => `\`${type}\``);
  const variables = registry.providers.flatMap(({ environment: { options = {}, ...others } = {} }) =>
    Object.values(others).concat(Object.values(options)),
  );
  const names = types.concat(variables);
  expect(names.filter((name) => !PAGE.includes(name))).toEqual([]);
});
