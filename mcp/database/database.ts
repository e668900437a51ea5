import type { Json } from "#src/core/json.ts";

/** One statement and what holds for it. */
export interface Statement {
  readonly sql: string;
  /** Bound, never written into the text. */
  readonly params: readonly Json[];
  /** The database itself refuses every change. */
  readonly readOnly: boolean;
  readonly signal: AbortSignal;
}

/** What a statement brought. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
  /** There was more than the limits allow. */
  readonly truncated: boolean;
  /** Rows that were changed; undefined where the database does not say. */
  readonly affected?: number;
}

/** What bounds every statement. */
export interface StatementLimits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly rows: number;
  readonly bytes: number;
}

/** A table, with its schema where the database has such. */
export interface TableName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** A way to a database. Everything in it is made when it is first needed. */
export interface Database {
  /** Its name for the model: `PostgreSQL`. */
  readonly title: string;
  /** How parameters are written in a statement: `$1`, `?`. */
  placeholder(number: number): string;
  /** A name as it stands in a statement. */
  quote(name: string): string;
  /** Rejects with a {@link DatabaseError}. */
  run(statement: Statement): Promise<Rows>;
  /** The statement that lists tables, with the columns `schema`, `name`, `type`, `comment`. */
  readonly tables: FixedStatement;
  /** The statement that describes a table's columns. */
  readonly columns: (table: TableName) => FixedStatement;
  /** Further statements about a table, by what they tell of. */
  readonly details: (table: TableName) => Readonly<Record<string, FixedStatement>>;
  close(): Promise<void>;
}

/** A statement of the gateway's own. */
export interface FixedStatement {
  readonly sql: string;
  readonly params: readonly Json[];
}

/** What went wrong, in words for the model: those of the database, without anything of the connection. */
export class DatabaseError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "DatabaseError";
  }
}
