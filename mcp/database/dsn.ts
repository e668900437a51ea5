import { parseMysqlDsn } from "./mysql/dsn.ts";
import { parsePostgresDsn } from "./postgres/dsn.ts";
import type { ServerTarget } from "./server-target.ts";

/** What a `dsn` names. */
export type Target =
  | { readonly type: "postgres" | "mysql"; readonly server: ServerTarget }
  | { readonly type: "sqlite"; readonly file: string };

/** By the beginning of a URL. */
const SCHEMES: Readonly<Record<string, Target["type"]>> = {
  postgres: "postgres",
  postgresql: "postgres",
  mysql: "mysql",
  mariadb: "mysql",
  sqlite: "sqlite",
  sqlite3: "sqlite",
  file: "sqlite",
};

/** Reads a `dsn`. Throws an Error that quotes nothing of it: it holds a password. */
export function parseDsn(dsn: string, dbType: Target["type"] | undefined): Target {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(dsn)?.[1]?.toLowerCase();
  const known = scheme === undefined ? undefined : SCHEMES[scheme];
  // A user's name may look like a scheme: only what has slashes, or no other meaning, is one.
  const type = dsn.includes("://") || known === "sqlite" ? (known ?? dbType) : (dbType ?? known);
  if (type === undefined) {
    throw new Error(
      "dsn does not say what the database is; begin it with postgres://, mysql:// or sqlite:, or set dbType.",
    );
  }
  if (dbType !== undefined && type !== dbType) throw new Error(`dsn is that of ${type}, and dbType says ${dbType}.`);
  if (type === "sqlite") return { type, file: sqliteFile(dsn) };
  return { type, server: type === "postgres" ? parsePostgresDsn(dsn) : parseMysqlDsn(dsn) };
}

/** `sqlite:data.db`, `sqlite:///data.db`, `file:data.db?cache=shared`, `data.db`. */
function sqliteFile(dsn: string): string {
  const path = dsn.replace(/^(?:sqlite3?|file):(?:\/\/)?/i, "").replace(/\?.*$/s, "");
  if (path === "" || path === ":memory:") throw new Error("dsn names no file; a database in memory would be empty.");
  return path;
}
