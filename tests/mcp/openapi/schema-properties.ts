import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { RestTool } from "#mcp/rest/format.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { inputSchemaOf } from "./converted.ts";

/** What is wrong with tools, whatever document they come from. Of many only each `every`th has its schemas compiled, which takes long. */
export function faultsOf(tools: readonly RestTool[], every = 1): string[] {
  // One for all: what a schema names as its own id would be taken twice.
  const ajv = new Ajv2020({ strict: false, addUsedSchema: false, logger: false });
  addFormats.default(ajv);
  const names = new Set<string>();
  return tools.flatMap((tool, index) => {
    const faults: string[] = [];
    const told = (fault: string): void => void faults.push(`${tool.name}: ${fault}`);
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(tool.name)) told("its name is not legal");
    if (names.has(tool.name)) told("its name is there twice");
    names.add(tool.name);
    const args = (tool.args ?? []).map(({ name }) => name);
    const written = new Set((tool.args ?? []).map(({ name, wire }) => wire?.name ?? name));
    if (new Set(args).size < args.length) told("an argument is there twice");
    for (const arg of args) if (!/^[\w.-]{1,64}$/.test(arg)) told(`the argument '${arg}' has no legal name`);
    for (const [, place] of (tool.requestTemplate?.url ?? "").matchAll(/\{([^{}]+)\}/g)) {
      if (place !== undefined && !written.has(place)) told(`its path names '${place}'`);
    }
    for (const [what, schema] of [
      ["input", inputSchemaOf(tool)],
      ["output", tool.outputSchema],
    ] as const) {
      if (schema === undefined) continue;
      try {
        if (!ajv.validateSchema(schema))
          told(`its ${what} schema is none: ${ajv.errorsText(ajv.errors).slice(0, 200)}`);
        else if (index % every === 0) ajv.compile(schema);
        else for (const name of danglingIn(schema)) told(`its ${what} schema refers to '${name}'`);
      } catch (error) {
        told(`its ${what} schema does not compile: ${String(error).slice(0, 200)}`);
      }
    }
    return faults;
  });
}

/** The references in a schema that lead nowhere. */
function danglingIn(schema: JsonObject): string[] {
  const defs = isObject(schema["$defs"]) ? schema["$defs"] : {};
  const names = JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g);
  return [...names].map(([, name = ""]) => name).filter((name) => !Object.hasOwn(defs, name.slice("#/$defs/".length)));
}
