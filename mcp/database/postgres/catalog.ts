import type { FixedStatement, TableName } from "../database.ts";

const TABLES = `
SELECT n.nspname AS schema, c.relname AS name,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS type,
       obj_description(c.oid, 'pg_class') AS comment
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND has_table_privilege(c.oid, 'SELECT')`;

/** The tables that can be read, of these schemas or of all that are not the system's. */
export function tables(schemas: readonly string[] | undefined): FixedStatement {
  const order = "ORDER BY 1, 2";
  if (schemas === undefined) {
    return { sql: `${TABLES} AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ${order}`, params: [] };
  }
  const places = schemas.map((_, index) => `$${index + 1}`).join(", ");
  return { sql: `${TABLES} AND n.nspname IN (${places}) ${order}`, params: [...schemas] };
}

const OF_TABLE = "n.nspname = $1 AND c.relname = $2";
const JOINED = "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";

const COLUMNS = `
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
       pg_get_expr(d.adbin, d.adrelid) AS default, col_description(c.oid, a.attnum) AS comment
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid ${JOINED}
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE ${OF_TABLE} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

const CONSTRAINTS = `
SELECT o.conname AS name, pg_get_constraintdef(o.oid) AS definition
FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid ${JOINED}
WHERE ${OF_TABLE} ORDER BY 1`;

const INDEXES = `
SELECT i.relname AS name, pg_get_indexdef(i.oid) AS definition
FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indrelid ${JOINED}
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
WHERE ${OF_TABLE} ORDER BY 1`;

export function columns({ schema = "public", name }: TableName): FixedStatement {
  return { sql: COLUMNS, params: [schema, name] };
}

export function details({ schema = "public", name }: TableName): Readonly<Record<string, FixedStatement>> {
  const params = [schema, name];
  return { constraints: { sql: CONSTRAINTS, params }, indexes: { sql: INDEXES, params } };
}
