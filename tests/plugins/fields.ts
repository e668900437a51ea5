import { z } from "zod";
import { isObject, type JsonObject } from "#src/core/json.ts";

/** A schema's fields as rows of a table: name, type, default, description. Fields of nested mappings follow with their whole path. */
export function fieldRows(schema: z.ZodType): string[][] {
  const root = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    // Left out by Zod where something is read from text; what it is written as is what stands there.
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === "default") jsonSchema.default ??= JSON.parse(JSON.stringify(def.defaultValue));
    },
  });
  return isObject(root) ? rowsOf(root, "") : [];
}

function rowsOf(node: JsonObject, path: string): string[][] {
  const rows = new Map<string, string[]>();
  for (const one of [node, ...alternatives(node)]) {
    const required = new Set(Array.isArray(one["required"]) ? one["required"] : []);
    for (const [key, field] of Object.entries(objectAt(one, "properties"))) {
      if (!isObject(field) || rows.has(key)) continue;
      const name = `${path}${key}`;
      rows.set(key, [
        `\`${name}\``,
        typeOf(field),
        field["default"] !== undefined
          ? `\`${JSON.stringify(field["default"])}\``
          : required.has(key)
            ? "required"
            : "none",
        cell(field["description"]),
      ]);
      for (const [inner, innerPath] of contents(field, name)) {
        for (const row of rowsOf(inner, `${innerPath}.`)) rows.set(row[0] ?? "", row);
      }
    }
  }
  return [...rows.values()];
}

/** What is inside a field: mappings, items of lists, values under any name. */
function* contents(field: JsonObject, path: string): Generator<readonly [JsonObject, string], void, undefined> {
  for (const one of [field, ...alternatives(field)]) {
    const { items, additionalProperties: values } = one;
    if (one["properties"] !== undefined) yield [one, path];
    if (isObject(items)) yield* contents(items, `${path}[]`);
    if (isObject(values)) yield* contents(values, `${path}.*`);
  }
}

function alternatives(node: JsonObject): JsonObject[] {
  return ["anyOf", "oneOf", "allOf"].flatMap((key) => {
    const list = node[key];
    return Array.isArray(list) ? list.filter((one) => isObject(one)).filter((one) => !isReference(one)) : [];
  });
}

/** Text that is there for `${env:…}`, or for a number out of one: what is written is the other alternative. */
function isReference({ pattern }: JsonObject): boolean {
  return typeof pattern === "string" && (pattern === "^\\$\\{" || pattern.startsWith("^\\$\\{|"));
}

function typeOf(node: JsonObject): string {
  if (node["const"] !== undefined) return `\`${JSON.stringify(node["const"])}\``;
  if (Array.isArray(node["enum"]))
    return node["enum"].map((word) => `\`${JSON.stringify(word).replaceAll(/^"|"$/g, "")}\``).join(", ");
  // Text that may look like something else.
  if (Array.isArray(node["type"]) && node["type"].includes("string")) return "text";
  if (typeof node["type"] === "string") return NAMES[node["type"]]?.(node) ?? node["type"];
  const types = new Set(alternatives(node).map(typeOf));
  return types.size === 0 ? "any" : [...types].join(" or ");
}

const NAMES: Readonly<Record<string, (node: JsonObject) => string>> = {
  string: () => "text",
  boolean: () => "true or false",
  array: ({ items }) => (isObject(items) ? `list of ${typeOf(items)}` : "list"),
  object: ({ additionalProperties: values }) =>
    isObject(values) && Object.keys(values).length > 0 ? `mapping to ${typeOf(values)}` : "mapping",
};

function objectAt(node: JsonObject, key: string): JsonObject {
  const value = node[key];
  return isObject(value) ? value : {};
}

function cell(text: unknown): string {
  return typeof text === "string" ? starsAsCode(text).replaceAll("|", "\\|").replaceAll(/\s+/g, " ") : "";
}

/** Words with a `*` become code: two of them would be emphasis. */
function starsAsCode(text: string): string {
  return text.replaceAll(
    /(`[^`]*`)|([^\s`]*\*[^\s`]*?)([.,;:)]*)(?=\s|$)/g,
    (all, code: string | undefined, word = "", end = "") => (code === undefined ? `\`${word}\`${end}` : all),
  );
}
