import { isObject, type JsonObject } from "#src/core/json.ts";
import type { RestArg } from "#mcp/rest/format.ts";
import { shortened } from "./schema/shorten.ts";

/** Arguments whose schemas together are no longer than `longest` characters, as far as their names and types leave room. */
export function shortArgs(
  args: readonly RestArg[],
  defs: JsonObject,
  longest: number,
): { readonly args: readonly RestArg[]; readonly schemas: JsonObject } {
  const schemas = Object.fromEntries(args.map((arg) => [arg.name, schemaIn(arg)]));
  const short = shortened({ schemas, defs }, longest);
  if (short.schemas === schemas) return { args, schemas: defs };
  return { args: args.map((arg) => withSchema(arg, short.schemas[arg.name] ?? {})), schemas: short.defs };
}

/** The schema of an argument, wherever it stands. */
function schemaIn({ schema, type, items, properties }: RestArg): JsonObject {
  if (schema !== undefined) return schema;
  return {
    ...(type !== undefined && { type }),
    ...(items !== undefined && { items }),
    ...(properties !== undefined && { properties }),
  };
}

function withSchema(arg: RestArg, short: JsonObject): RestArg {
  if (arg.schema !== undefined) return { ...arg, schema: short };
  const { items: _, properties: __, ...rest } = arg;
  return {
    ...rest,
    ...(isObject(short["items"]) && { items: short["items"] }),
    ...(isObject(short["properties"]) && { properties: short["properties"] }),
  };
}
