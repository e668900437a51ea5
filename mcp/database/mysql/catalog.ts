import type { Json } from "#src/core/json.ts";
import type { FixedStatement, TableName } from "../database.ts";

/** The tables of these databases, or of the one that is connected to. Columns' names are told in capitals by some servers. */
export function tables(schemas: readonly string[] | undefined): FixedStatement {
  const where = schemas === undefined ? "= DATABASE()" : `IN (${schemas.map(() => "?").join(", ")})`;
  return {
    sql: `SELECT table_schema AS \`schema\`, table_name AS \`name\`, lower(table_type) AS \`type\`, nullif(table_comment, '') AS \`comment\`
FROM information_schema.tables WHERE table_schema ${where} ORDER BY 1, 2`,
    params: [...(schemas ?? [])],
  };
}

const OF_TABLE = "table_schema = coalesce(?, DATABASE()) AND table_name = ?";

const COLUMNS = `
SELECT column_name AS \`name\`, column_type AS \`type\`, is_nullable = 'YES' AS \`nullable\`, column_default AS \`default\`,
       column_key AS \`key\`, extra AS \`extra\`, nullif(column_comment, '') AS \`comment\`
FROM information_schema.columns WHERE ${OF_TABLE} ORDER BY ordinal_position`;

const INDEXES = `
SELECT index_name AS \`name\`, non_unique = 0 AS \`unique\`, group_concat(column_name ORDER BY seq_in_index) AS \`columns\`
FROM information_schema.statistics WHERE ${OF_TABLE} GROUP BY index_name, non_unique ORDER BY 1`;

const FOREIGN_KEYS = `
SELECT constraint_name AS \`name\`, column_name AS \`column\`, referenced_table_schema AS \`schema\`,
       referenced_table_name AS \`table\`, referenced_column_name AS \`references\`
FROM information_schema.key_column_usage WHERE ${OF_TABLE} AND referenced_table_name IS NOT NULL ORDER BY 1, ordinal_position`;

function paramsOf({ schema, name }: TableName): Json[] {
  return [schema ?? null, name];
}

export function columns(table: TableName): FixedStatement {
  return { sql: COLUMNS, params: paramsOf(table) };
}

export function details(table: TableName): Readonly<Record<string, FixedStatement>> {
  const params = paramsOf(table);
  return { indexes: { sql: INDEXES, params }, foreignKeys: { sql: FOREIGN_KEYS, params } };
}
