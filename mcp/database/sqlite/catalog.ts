import type { FixedStatement, TableName } from "../database.ts";

export const TABLES: FixedStatement = {
  sql: `SELECT NULL AS schema, name, type, NULL AS comment FROM sqlite_schema
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  params: [],
};

export function columns({ name }: TableName): FixedStatement {
  return {
    sql: `SELECT name, type, "notnull" = 0 AS nullable, dflt_value AS "default", pk AS "primaryKey" FROM pragma_table_xinfo(?) ORDER BY cid`,
    params: [name],
  };
}

export function details({ name }: TableName): Readonly<Record<string, FixedStatement>> {
  const params = [name];
  return {
    indexes: {
      sql: `SELECT l.name, l."unique", group_concat(i.name) AS columns FROM pragma_index_list(?) l, pragma_index_info(l.name) i GROUP BY l.name, l."unique" ORDER BY l.name`,
      params,
    },
    foreignKeys: {
      sql: `SELECT "from" AS column, "table", "to" AS "references" FROM pragma_foreign_key_list(?) ORDER BY id, seq`,
      params,
    },
  };
}
