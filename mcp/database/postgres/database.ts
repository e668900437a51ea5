import postgres from "postgres";
import type { Json } from "#src/core/json.ts";
import { type Database, DatabaseError, type Rows, type Statement } from "../database.ts";
import { type Ended, untilEnded } from "../ended.ts";
import { firstWord } from "../first-word.ts";
import { RowCollector } from "../row-collector.ts";
import type { ServerParts } from "../server-target.ts";
import { columns, details, tables } from "./catalog.ts";
import { errorOf } from "./errors.ts";
import { TYPES } from "./types.ts";

/** How many rows are fetched at a time: no more than that is held beyond the limits. */
const BATCH = 100;

const TLS = {
  off: false,
  preferred: "prefer",
  encrypted: "require",
  verified: "verify-full",
} as const;

type Sql = ReturnType<typeof connect>;

/** PostgreSQL by the `postgres` package. */
export class PostgresDatabase implements Database {
  readonly title = "PostgreSQL";
  readonly tables: Database["tables"];
  readonly #parts: ServerParts;
  #sql: Sql | undefined;
  #closed = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.tables = tables(parts.schemas);
  }

  placeholder(number: number): string {
    return `$${number}`;
  }

  quote(name: string): string {
    return `"${name.replaceAll('"', '""')}"`;
  }

  readonly columns: Database["columns"] = columns;
  readonly details: Database["details"] = details;

  async run(statement: Statement): Promise<Rows> {
    if (firstWord(statement.sql) === "COPY") throw new DatabaseError("COPY cannot be used here; use SELECT or INSERT.");
    if (this.#closed) throw new DatabaseError("The database is being closed.");
    return untilEnded(statement, this.#parts, errorOf, (ended) => this.#reserved(statement, ended));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#sql?.end({ timeout: 1 });
  }

  /** On a connection of its own. */
  async #reserved(statement: Statement, ended: Ended): Promise<Rows> {
    const sql = (this.#sql ??= connect(this.#parts));
    const reserved = await ended.take(sql.reserve(), (late) => late.release());
    const work = this.#transaction(reserved, statement, ended);
    // Given back when it is clean, and not before.
    work.then(
      () => reserved.release(),
      () => reserved.release(),
    );
    return ended.race(work);
  }

  async #transaction(
    sql: postgres.ReservedSql<Record<string, Json>>,
    statement: Statement,
    ended: Ended,
  ): Promise<Rows> {
    try {
      await sql.unsafe(statement.readOnly ? "BEGIN READ ONLY" : "BEGIN READ WRITE");
      await sql.unsafe(`SET LOCAL statement_timeout = ${this.#parts.limits.timeout}`);
      const rows = await this.#rows(sql, statement, ended);
      await sql.unsafe(statement.readOnly ? "ROLLBACK" : "COMMIT");
      return rows;
    } catch (error) {
      await sql.unsafe("ROLLBACK").catch(() => {});
      throw error;
    } finally {
      // Locks, settings and temporary tables must not reach the next one.
      await sql.unsafe("DISCARD ALL").catch(() => {});
    }
  }

  async #rows(
    sql: postgres.ReservedSql<Record<string, Json>>,
    { sql: text, params }: Statement,
    ended: Ended,
  ): Promise<Rows> {
    const collector = new RowCollector(this.#parts.limits);
    // Not `simple`: a prepared statement is one statement, the database sees to that.
    const query = sql.unsafe(text, params.map(bound), { simple: false } as postgres.UnsafeQueryOptions);
    ended.promise.catch(() => query.cancel());
    let names: readonly string[] = [];
    let taken: unknown;
    const take = (batch: unknown): unknown => {
      taken = batch;
      names = namesIn(batch) ?? names;
      return (batch as Json[][]).every((row) => collector.add(row)) ? undefined : this.#sql?.CLOSE;
    };
    const last: unknown = await query.values().cursor(BATCH, take);
    // What is not counted (SHOW, EXPLAIN) comes with the end alone.
    if (last !== taken) take(last);
    return collector.result(namesIn(last) ?? names, affectedIn(last));
  }
}

/** The columns of a result; undefined where it does not tell them, as further batches do not. */
function namesIn(result: unknown): readonly string[] | undefined {
  const { columns: described } = result as { readonly columns?: readonly { readonly name: string }[] | null };
  return described?.map(({ name }) => name);
}

/** Rows that a statement changed. */
function affectedIn(result: unknown): number | undefined {
  const { count, command } = result as { readonly count?: number | null; readonly command?: string | null };
  return command !== "SELECT" && typeof count === "number" ? count : undefined;
}

function connect({ server, schemas, connections, idleTimeout }: ServerParts) {
  const { host, port, socket, user, password, database, tls } = server;
  return postgres({
    host,
    port,
    ...(socket !== undefined && { path: `${socket}/.s.PGSQL.${port}` }),
    user,
    password,
    database,
    ssl: TLS[tls],
    max: connections,
    idle_timeout: idleTimeout / 1000,
    connect_timeout: 10,
    // Without it a connection that is opened to be reserved is never given out.
    fetch_types: true,
    prepare: false,
    onnotice() {},
    types: TYPES,
    connection: {
      application_name: "sluice",
      ...(schemas !== undefined && {
        search_path: schemas.map((name) => `"${name.replaceAll('"', '""')}"`).join(", "),
      }),
    },
  });
}

/** Lists and objects are bound as JSON. */
function bound(param: Json): string | number | boolean | null {
  return typeof param === "object" && param !== null ? JSON.stringify(param) : param;
}
