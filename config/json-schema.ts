import { z } from "zod";
import type { McpParts } from "#src/core/mcp/host.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { configSchema } from "./model.ts";

/**
 * The JSON Schema of the configuration file, for editors. `bun scripts/config-schema.ts` writes that of the built-in providers to
 * `config/schema.json`; the registry it needs for that is nothing this folder may know.
 */

/** Where the published schema is found, for a file's first line: `# yaml-language-server: $schema=…`. */
export const SCHEMA_FILE: URL = new URL("schema.json", import.meta.url);

/** The schema of a file as people write it: defaults left out, references in place of values. */
export function configJsonSchema(
  definitions: readonly ProviderDefinition[],
  mcp?: McpParts,
): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema(definitions, mcp), {
    io: "input",
    unrepresentable: "any",
    target: "draft-7",
  });
  return { title: "Sluice configuration", ...withSharedFields(schema) };
}

type Node = Readonly<Record<string, unknown>>;

/** Where the fields are that every type of provider has: each type would repeat them all. */
const SHARED = "providerFields";

function withSharedFields(schema: Node): Node {
  const properties = asNode(schema["properties"]);
  const providers = asNode(properties["providers"]);
  const options = asNode(providers["items"])["oneOf"];
  const types = Array.isArray(options) ? options.map(asNode) : [];
  const fields = types.map((type) => asNode(type["properties"]));
  if (fields.length < 2) return schema;
  const shared = Object.fromEntries(
    Object.entries(fields[0] ?? {}).filter(([key, value]) => fields.every((own) => isSame(own[key], value))),
  );
  const refer = ([key, value]: [string, unknown]) =>
    Object.hasOwn(shared, key) ? [key, { $ref: `#/definitions/${SHARED}/${key}` }] : [key, value];
  const oneOf = types.map((type, at): Node => {
    const properties = Object.fromEntries(Object.entries(fields[at] ?? {}).map(refer));
    return Object.assign({}, type, { properties });
  });
  return {
    ...schema,
    properties: { ...properties, providers: { ...providers, items: { oneOf } } },
    definitions: { ...asNode(schema["definitions"]), [SHARED]: shared },
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function asNode(value: unknown): Node {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The schema as the file holds it. */
export function schemaText(definitions: readonly ProviderDefinition[], mcp: McpParts): string {
  return `${JSON.stringify(configJsonSchema(definitions, mcp), undefined, 2)}\n`;
}
