import type { ErrorObject, ValidateFunction } from "ajv";
import type { JsonObject } from "#src/core/json.ts";

/** What is wrong with arguments, in words for the model; undefined when nothing is. */
export type SchemaCheck = (value: JsonObject) => string | undefined;

/** How many faults are told at once. */
const MOST_TOLD = 5;

type Compiler = (schema: JsonObject) => ValidateFunction;

let compilers: Promise<{ readonly current: Compiler; readonly draft7: Compiler }> | undefined;

/** Compiles a schema: JSON Schema 2020-12, or draft 7 where it says so. Throws an Error for a schema that is none. */
export async function compileCheck(schema: JsonObject): Promise<SchemaCheck> {
  const { current, draft7 } = await (compilers ??= load());
  const { $schema } = schema;
  const old = typeof $schema === "string" && $schema.includes("draft-07");
  const validate = (old ? draft7 : current)(schema);
  return (value) => (validate(value) ? undefined : told(validate.errors ?? []));
}

/** Loaded with the first hosted tool that is called: a gateway without any does not pay for it. */
async function load(): Promise<{ current: Compiler; draft7: Compiler }> {
  const [{ Ajv2020 }, { Ajv }, { default: addFormats }] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("ajv"),
    import("ajv-formats"),
  ]);
  const options = { strict: false, allErrors: true, addUsedSchema: false, logger: false } as const;
  const [current, draft7] = [new Ajv2020(options), new Ajv(options)];
  for (const ajv of [current, draft7]) addFormats.default(ajv);
  return { current: (schema) => current.compile(schema), draft7: (schema) => draft7.compile(schema) };
}

function told(errors: readonly ErrorObject[]): string {
  const faults = errors.slice(0, MOST_TOLD).map(faultOf);
  const more = errors.length > MOST_TOLD ? `; and ${errors.length - MOST_TOLD} more` : "";
  return [...new Set(faults)].join("; ") + more;
}

/** One fault: where, and what is expected there. Its value is not repeated, it may be large or secret. */
function faultOf({ instancePath, keyword, params, message = "is not valid" }: ErrorObject): string {
  const where = instancePath === "" ? "the arguments" : `'${instancePath.slice(1).replaceAll("/", ".")}'`;
  if (keyword === "required") return `${where} must have '${String(params["missingProperty"])}'`;
  if (keyword === "additionalProperties") return `${where} must not have '${String(params["additionalProperty"])}'`;
  if (keyword === "enum") return `${where} must be one of ${JSON.stringify(params["allowedValues"])}`;
  return `${where} ${message}`;
}
