import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { type Database, DatabaseError, type FixedStatement, type TableName } from "./database.ts";

/** How a column may be compared, and how that is written. */
const OPERATORS: Readonly<Record<string, string>> = {
  "=": "=",
  "!=": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  like: "LIKE",
};

const column = { type: "string", description: "A column's name." };

/** The arguments of `read_table`. */
export const READ_TABLE_SCHEMA: JsonObject = {
  type: "object",
  properties: {
    table: { type: "string", description: "The table, as list_tables shows it." },
    columns: { type: "array", items: column, minItems: 1, description: "The columns; all when left out." },
    where: {
      type: "array",
      description: "What rows must fulfil, all of it.",
      items: {
        type: "object",
        properties: {
          column,
          is: { enum: [...Object.keys(OPERATORS), "in", "null", "not null"], description: "The comparison." },
          value: { description: "What it is compared with; a list for `in`, nothing for `null` and `not null`." },
        },
        required: ["column", "is"],
        additionalProperties: false,
      },
    },
    orderBy: {
      type: "array",
      items: {
        type: "object",
        properties: { column, descending: { type: "boolean" } },
        required: ["column"],
        additionalProperties: false,
      },
    },
    limit: { type: "integer", minimum: 1, description: "The most rows." },
    offset: { type: "integer", minimum: 0, description: "Rows to leave out first." },
  },
  required: ["table"],
  additionalProperties: false,
};

/** The statement that reads a table: names are the table's own columns and quoted, values are bound. Throws a {@link DatabaseError}. */
export function readTable(
  database: Database,
  table: TableName,
  known: ReadonlySet<string>,
  args: JsonObject,
  most: number,
): FixedStatement {
  const quoted = (name: Json | undefined): string => {
    if (typeof name === "string" && known.has(name)) return database.quote(name);
    const wrong = typeof name === "string" ? name : "";
    throw new DatabaseError(`There is no column '${wrong}'; there are ${[...known].join(", ")}.`);
  };
  const from = [table.schema, table.name].filter((part) => part !== undefined).map((part) => database.quote(part));
  const selected = listOf(args["columns"]).map(quoted).join(", ") || "*";
  const params: Json[] = [];
  const bind = (value: Json): string => database.placeholder(params.push(value));
  const where = objectsIn(args["where"]).map((condition) => written(condition, quoted, bind));
  const order = objectsIn(args["orderBy"]).map(
    (one) => `${quoted(one["column"])}${one["descending"] === true ? " DESC" : ""}`,
  );
  const { limit, offset } = args;
  const sql = [
    `SELECT ${selected} FROM ${from.join(".")}`,
    where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`,
    order.length === 0 ? "" : `ORDER BY ${order.join(", ")}`,
    // One more than is shown tells that there are more.
    `LIMIT ${Math.min(typeof limit === "number" ? limit : most + 1, most + 1)}`,
    typeof offset === "number" ? `OFFSET ${offset}` : "",
  ];
  return { sql: sql.filter((part) => part !== "").join(" "), params };
}

function written(
  { column: name, is, value }: JsonObject,
  quoted: (name: Json | undefined) => string,
  bind: (value: Json) => string,
): string {
  const left = quoted(name);
  if (is === "null") return `${left} IS NULL`;
  if (is === "not null") return `${left} IS NOT NULL`;
  if (is === "in") {
    const values = listOf(value).map(bind);
    return values.length === 0 ? "1 = 0" : `${left} IN (${values.join(", ")})`;
  }
  const operator = typeof is === "string" ? OPERATORS[is] : undefined;
  if (operator === undefined || value === undefined)
    throw new DatabaseError("A condition needs a comparison and a value.");
  return `${left} ${operator} ${bind(value)}`;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return listOf(value).filter(isObject);
}
