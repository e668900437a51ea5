import type { JsonObject } from "#src/core/json.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import type { HostedTool, ToolDefinition, ToolResult } from "#src/core/mcp/tool.ts";
import { errorResult } from "../hosted/results.ts";
import { type Database, DatabaseError, type Rows } from "./database.ts";
import { READ_TABLE_SCHEMA, readTable } from "./read-table.ts";
import type { DatabaseSettings } from "./settings.ts";
import { recordsOf, shown, Tables } from "./tables.ts";

/** What every tool works on. */
interface Parts {
  readonly database: Database;
  readonly tables: Tables;
  readonly settings: DatabaseSettings;
}

/** What a tool answers, as it is shown. */
type Run = (args: JsonObject, call: McpCall) => Promise<JsonObject>;

/** The tools of a database. */
export function databaseTools(database: Database, settings: DatabaseSettings): readonly HostedTool[] {
  const parts = { database, settings, tables: new Tables(database, settings.tables) };
  const about = settings.description === undefined ? "" : ` ${settings.description}`;
  const reading =
    settings.tables === undefined
      ? tool(
          definitionOf("query", `Runs one SQL statement of ${database.title} that reads.${about}`, sqlSchema(database)),
          true,
          (args, call) => runSql(parts, args, true, call),
        )
      : tool(definitionOf("read_table", `Reads rows of one table.${about}`, READ_TABLE_SCHEMA), true, (args, call) =>
          read(parts, args, call),
        );
  const writing = tool(
    definitionOf(
      "execute",
      `Runs one SQL statement of ${database.title} that may change things.${about}`,
      sqlSchema(database),
    ),
    false,
    (args, call) => runSql(parts, args, false, call),
  );
  return [
    tool(definitionOf("list_tables", `Lists the tables and views.${about}`, NOTHING), true, (_args, call) =>
      list(parts, call),
    ),
    tool(
      definitionOf("describe_table", "Describes a table: its columns, keys and indexes.", TABLE),
      true,
      (args, call) => describe(parts, args, call),
    ),
    reading,
    ...(settings.execute ? [writing] : []),
  ];
}

const NOTHING: JsonObject = { type: "object", properties: {}, additionalProperties: false };

const TABLE: JsonObject = {
  type: "object",
  properties: { table: { type: "string", description: "The table, as list_tables shows it." } },
  required: ["table"],
  additionalProperties: false,
};

function sqlSchema(database: Database): JsonObject {
  const placeholders = `${database.placeholder(1)}, ${database.placeholder(2)}`;
  return {
    type: "object",
    properties: {
      sql: { type: "string", description: "One statement." },
      params: {
        type: "array",
        description: `Values for the statement's parameters (${placeholders}), in their order. Write no values into the statement.`,
      },
    },
    required: ["sql"],
    additionalProperties: false,
  };
}

function definitionOf(name: string, description: string, inputSchema: JsonObject): ToolDefinition {
  return { name, description, inputSchema };
}

/** A tool whose answer is told as text and as data; what the database says is wrong is for the model to mend. */
function tool(definition: ToolDefinition, readOnly: boolean, run: Run): HostedTool {
  const annotations: JsonObject = { readOnlyHint: readOnly, openWorldHint: false };
  if (!readOnly) annotations["destructiveHint"] = true;
  return {
    definition: { ...definition, annotations },
    async call(args, call): Promise<ToolResult> {
      try {
        const data = await run(args, call);
        return { content: [{ type: "text", text: JSON.stringify(data) }], structuredContent: data };
      } catch (error) {
        if (error instanceof DatabaseError) return errorResult(error.message);
        throw error;
      }
    },
  };
}

async function list({ tables }: Parts, { signal }: McpCall): Promise<JsonObject> {
  const { tables: found, truncated } = await tables.list(signal);
  const told = found.map((table) =>
    withoutNulls({ name: shown(table), type: table.type, comment: table.comment ?? null }),
  );
  return { tables: told, ...(truncated && { truncated }) };
}

async function describe({ database, tables }: Parts, args: JsonObject, { signal }: McpCall): Promise<JsonObject> {
  const table = await tables.find(nameIn(args), signal);
  const fixed = { columns: database.columns(table), ...database.details(table) };
  const told: JsonObject = { table: shown(table), type: table.type };
  if (table.comment !== undefined) told["comment"] = table.comment;
  for (const [what, statement] of Object.entries(fixed)) {
    const rows = recordsOf(await database.run({ ...statement, readOnly: true, signal }));
    if (rows.length > 0) told[what] = rows.map(withoutNulls);
  }
  return told;
}

async function read({ database, tables, settings }: Parts, args: JsonObject, { signal }: McpCall): Promise<JsonObject> {
  const table = await tables.find(nameIn(args), signal);
  const described = await database.run({ ...database.columns(table), readOnly: true, signal });
  const known = new Set(recordsOf(described).map(({ name }) => (typeof name === "string" ? name : "")));
  const statement = readTable(database, table, known, args, settings.maxRows);
  return told(await database.run({ ...statement, readOnly: true, signal }));
}

async function runSql(
  { database }: Parts,
  args: JsonObject,
  readOnly: boolean,
  { signal }: McpCall,
): Promise<JsonObject> {
  const { sql, params } = args;
  const values = Array.isArray(params) ? params : [];
  return told(await database.run({ sql: typeof sql === "string" ? sql : "", params: values, readOnly, signal }));
}

function told({ columns, rows, truncated, affected }: Rows): JsonObject {
  if (columns.length === 0 && affected === undefined) return { done: true };
  return {
    ...(columns.length > 0 && { columns: [...columns], rows: rows.map((row) => [...row]) }),
    ...(truncated && { truncated, hint: "There are more rows than are shown: select fewer, or the next ones." }),
    ...(affected !== undefined && { affectedRows: affected }),
  };
}

function nameIn({ table }: JsonObject): string {
  return typeof table === "string" ? table : "";
}

function withoutNulls(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}
