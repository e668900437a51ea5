import { isObject, type JsonObject } from "#src/core/json.ts";
import type { ArgWire, RestArg } from "#mcp/rest/format.ts";
import { mediaKind } from "./media-type.ts";
import type { ArgNames } from "./names.ts";
import type { Operation, Parameter } from "./operation.ts";
import { placeOf } from "./operation.ts";
import type { Problems } from "./problem.ts";
import { restArg } from "./rest-arg.ts";
import type { SchemaWriter } from "./schema/writer.ts";

/** Headers that OpenAPI says are no parameters: others settle them. */
const NO_PARAMETERS: ReadonlySet<string> = new Set(["accept", "content-type", "authorization"]);

/** The parameters a model is asked for. `filled` has those that the gateway gives itself: `header x-api-key`. */
export function askedParameters({ parameters, path }: Operation, filled: ReadonlySet<string>): readonly Parameter[] {
  const places = new Set(placeholders(path));
  return parameters.filter((parameter) => {
    const name = parameter.name.toLowerCase();
    if (parameter.in === "header" && NO_PARAMETERS.has(name)) return false;
    return !filled.has(`${parameter.in} ${name}`) && (parameter.in !== "path" || places.has(parameter.name));
  });
}

/** Makes arguments of parameters, with those that the path names and nobody declares. `path` has `{name}` in their places and no more. */
export function parameterArgs(
  operation: Operation,
  parameters: readonly Parameter[],
  writer: SchemaWriter,
  names: ArgNames,
  problems: Problems,
): { readonly args: readonly RestArg[]; readonly path: string } {
  const inPath = new Set(parameters.filter((one) => one.in === "path").map(({ name }) => name));
  const args = parameters.map((parameter) => parameterArg(parameter, names.give(parameter.name, parameter.in), writer));
  for (const name of placeholders(operation.path)) {
    if (inPath.has(name)) continue;
    problems.add(placeOf(operation), `The path names '${name}', which is no parameter: it is taken for a text.`);
    inPath.add(name);
    const given = names.give(name, "path");
    const wire = given === name ? undefined : { name };
    args.push(restArg({ name: given, position: "path", required: true, schema: { type: "string" }, wire }));
  }
  return { args, path: operation.path.replaceAll(PLACEHOLDER, (_, name: string) => `{${bare(name)}}`) };
}

const PLACEHOLDER = /\{([^{}]+)\}/g;

function placeholders(path: string): string[] {
  return [...path.matchAll(PLACEHOLDER)].map(([, name = ""]) => bare(name));
}

/** Some write RFC 6570's operators, `{+path}`, which OpenAPI does not have. */
function bare(name: string): string {
  return name.replaceAll(/^[+#./;?&]|\*$/g, "");
}

function parameterArg(parameter: Parameter, name: string, writer: SchemaWriter): RestArg {
  const written = writer.write(parameter.schema);
  const schema = parameter.deprecated ? { ...written, deprecated: true } : written;
  const { description, required } = parameter;
  const wire = wireOf(parameter, name, writer.open(schema));
  return restArg({ name, position: parameter.in, required, description, schema, wire });
}

function wireOf(parameter: Parameter, name: string, schema: JsonObject): ArgWire {
  const { style, explode, contentType } = parameter;
  const renamed = name === parameter.name ? {} : { name: parameter.name };
  if (contentType !== undefined) {
    return mediaKind(contentType) === "json" ? { ...renamed, contentType: "application/json" } : renamed;
  }
  // A lone value looks the same in every style but two.
  const styled = style === "label" || style === "matrix" || mayBeList(schema);
  const reserved = parameter.allowReserved && parameter.in === "query" ? { allowReserved: true } : {};
  return { ...renamed, ...(styled ? { style, explode } : {}), ...reserved };
}

/** Whether a list or an object may be given. */
function mayBeList(schema: JsonObject): boolean {
  const { type, anyOf, allOf } = schema;
  const types = Array.isArray(type) ? type : [type];
  if (types.includes("array") || types.includes("object")) return true;
  const branches = [...(Array.isArray(anyOf) ? anyOf : []), ...(Array.isArray(allOf) ? allOf : [])];
  if (type !== undefined) return false;
  // A schema that says nothing takes anything.
  return branches.length === 0
    ? schema["enum"] === undefined && schema["const"] === undefined
    : branches.some((branch) => isObject(branch) && (branch["$ref"] !== undefined || mayBeList(branch)));
}
