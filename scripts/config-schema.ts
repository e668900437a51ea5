import { writeFileSync } from "node:fs";
import { SCHEMA_FILE, schemaText } from "#config/json-schema.ts";
import { registry } from "#src/registry.ts";

/** Writes `config/schema.json` anew: `bun scripts/config-schema.ts`, after a change of the model or of a provider's own fields. */
writeFileSync(SCHEMA_FILE, schemaText(registry.providers, registry));
