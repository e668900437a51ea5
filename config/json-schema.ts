import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { configSchema } from "./model.ts";

/**
 * The JSON Schema of the configuration file, for editors. `bun scripts/config-schema.ts` writes that of the built-in providers to
 * `config/schema.json`; the registry it needs for that is nothing this folder may know.
 */

/** Where the published schema is found, for a file's first line: `# yaml-language-server: $schema=…`. */
export const SCHEMA_FILE: URL = new URL("schema.json", import.meta.url);

/** The schema of a file as people write it: defaults left out, references in place of values. */
export function configJsonSchema(definitions: readonly ProviderDefinition[]): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema(definitions), { io: "input", unrepresentable: "any", target: "draft-7" });
  return { title: "Sluice configuration", ...schema };
}

/** The schema as the file holds it. */
export function schemaText(definitions: readonly ProviderDefinition[]): string {
  return `${JSON.stringify(configJsonSchema(definitions), undefined, 2)}\n`;
}
