import { textsOf } from "./fields.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { SchemaWriter } from "./schema/writer.ts";
import type { Answer } from "./operation.ts";

/** A description longer than this tells a model less than the answer itself. */
const MOST_LINES = 200;
const DEEPEST = 6;

/** Text to stand before an answer: what its fields mean, as Higress' converter writes it into `prependBody`. */
export function describeAnswer({ schema, contentType }: Answer, writer: SchemaWriter): string | undefined {
  if (schema === undefined) return undefined;
  const lines: string[] = [];
  const root = writer.write(schema);
  describe(root, "", 0, lines, writer);
  if (lines.length === 0) return undefined;
  const cut = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), "- …"] : lines;
  return [
    "# About this answer",
    "",
    `The fields of the ${contentType ?? "application/json"} below mean:`,
    "",
    ...cut,
    "",
    "# The answer",
    "",
    "",
  ].join("\n");
}

function describe(schema: JsonObject, path: string, depth: number, lines: string[], writer: SchemaWriter): void {
  if (depth > DEEPEST || lines.length > MOST_LINES) return;
  const open = writer.open(schema);
  const { properties, items, anyOf, allOf } = open;
  if (isObject(items)) describe(items, `${path}[]`, depth, lines, writer);
  for (const branches of [anyOf, allOf]) {
    if (!Array.isArray(branches)) continue;
    for (const branch of branches) if (isObject(branch)) describe(branch, path, depth + 1, lines, writer);
  }
  if (!isObject(properties)) return;
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property) || lines.length > MOST_LINES) continue;
    const here = path === "" ? name : `${path}.${name}`;
    lines.push(lineOf(here, writer.open(property), depth));
    describe(property, here, depth + 1, lines, writer);
  }
}

function lineOf(name: string, { description, type, enum: values }: JsonObject, depth: number): string {
  const types = Array.isArray(type) ? textsOf(type).join(" or ") : typeof type === "string" ? type : "any";
  const listed = Array.isArray(values) ? `, one of ${JSON.stringify(values).slice(0, 200)}` : "";
  const told = typeof description === "string" ? ` ${description.replaceAll(/\s+/g, " ").slice(0, 200)}` : "";
  return `${"  ".repeat(depth)}- **${name}**:${told} (${types}${listed})`;
}
