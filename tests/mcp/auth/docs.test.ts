import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { isObject } from "#src/core/json.ts";
import { authSettings } from "#mcp/auth/resource/settings.ts";
import { formatError } from "#config/report.ts";
import { userSettings } from "#mcp/auth/upstream/user/settings.ts";
import { loadConfig } from "#config/parse.ts";
import { registry } from "#src/registry.ts";
import { z } from "zod";

const PAGE = readFileSync(new URL("../../../docs/mcp-auth.md", import.meta.url), "utf8");
const SECRET = "0123456789abcdef0123456789abcdef";
const ENV = {
  INTROSPECTION_SECRET: SECRET,
  SEARCH_KEY: SECRET,
  SLUICE_SECRET: SECRET,
  LOGIN_SECRET: SECRET,
  TOKEN_KEY: SECRET,
};

const LOADING = {
  file: "gateway.yaml",
  readFile: () => "",
  definitions: registry.providers,
  mcp: registry,
};

test("every example of docs/mcp-auth.md is a configuration", () => {
  const examples = Array.from(PAGE.matchAll(/```yaml\n([\s\S]*?)```/g), ([, yaml = ""]) => yaml);
  expect(examples.length).toBeGreaterThan(3);
  const errors = examples.flatMap((yaml) => {
    const result = loadConfig(yaml, { ...LOADING, env: ENV });
    return result.ok ? [] : result.errors.map(formatError);
  });
  expect(errors).toEqual([]);
});

test.each([
  ["auth", authSettings],
  ["credentials.user", userSettings],
])("the page names every field of %s", (_, schema) => {
  const { properties } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const fields = isObject(properties) ? Object.keys(properties) : [];
  expect(fields.length).toBeGreaterThan(5);
  expect(fields.filter((field) => !PAGE.includes(`| \`${field}\``))).toEqual([]);
});
