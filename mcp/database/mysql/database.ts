import {
  type Connection,
  createConnection,
  createPool,
  type Pool,
  type PoolConnection,
  type PoolOptions,
} from "mysql2";
import type { Json } from "#src/core/json.ts";
import type { Database, Rows, Statement } from "../database.ts";
import { type Ended, untilEnded } from "../ended.ts";
import { RowCollector } from "../row-collector.ts";
import type { ServerParts } from "../server-target.ts";
import { anyValue, jsonValue } from "../values.ts";
import { columns, details, tables } from "./catalog.ts";
import { errorOf } from "./errors.ts";

/** The number of MySQL's type for JSON; MariaDB has none. */
const JSON_TYPE = 245;

/** MySQL and MariaDB by the `mysql2` package. */
export class MysqlDatabase implements Database {
  readonly title = "MySQL";
  readonly tables: Database["tables"];
  readonly #parts: ServerParts;
  #pool: Pool | undefined;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.tables = tables(parts.schemas);
  }

  placeholder(): string {
    return "?";
  }

  quote(name: string): string {
    return `\`${name.replaceAll("`", "``")}\``;
  }

  readonly columns: Database["columns"] = columns;
  readonly details: Database["details"] = details;

  async run(statement: Statement): Promise<Rows> {
    return untilEnded(statement, this.#parts, errorOf, (ended) => this.#pooled(statement, ended));
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    if (pool !== undefined) await new Promise<void>((resolve) => pool.end(() => resolve()));
  }

  async #pooled(statement: Statement, ended: Ended): Promise<Rows> {
    const pool = (this.#pool ??= createPool(this.#poolOptions()));
    const taking = new Promise<PoolConnection>((resolve, reject) => {
      pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
    });
    const connection = await ended.take(taking, (late) => late.release());
    try {
      const rows = await ended.race(this.#transaction(connection, statement));
      if (statement.readOnly && rows.truncated) {
        // The rest may be long, and nobody wants it.
        this.#drop(connection);
        return rows;
      }
      // What the statement left behind (locks, variables, temporary tables) must not reach the next one.
      await command(connection, (done) => connection.reset(done));
      connection.release();
      return rows;
    } catch (error) {
      // It may still be at work: the server is told to stop.
      if (error instanceof ServerRefusal) {
        connection.destroy();
        throw error.cause;
      }
      this.#drop(connection);
      throw error;
    }
  }

  async #transaction(connection: PoolConnection, statement: Statement): Promise<Rows> {
    const { timeout, rows } = this.#parts.limits;
    const access = statement.readOnly ? "READ ONLY" : "READ WRITE";
    // The session's own as well: a procedure may end the transaction.
    await simple(connection, `SET SESSION TRANSACTION ${access}`);
    await simple(connection, `SET SESSION sql_select_limit = ${rows + 1}`);
    await this.#limitTime(connection, timeout);
    await simple(connection, `START TRANSACTION ${access}`);
    const result = await this.#rows(connection, statement);
    if (statement.readOnly && result.truncated) return result;
    await simple(connection, statement.readOnly ? "ROLLBACK" : "COMMIT");
    return result;
  }

  /** MariaDB counts seconds and all statements, MySQL milliseconds and SELECT alone. */
  async #limitTime(connection: Connection, timeout: number): Promise<void> {
    await simple(connection, `SET SESSION max_statement_time = ${timeout / 1000}`).catch(() =>
      simple(connection, `SET SESSION max_execution_time = ${timeout}`),
    );
  }

  #rows(connection: PoolConnection, { sql, params, readOnly }: Statement): Promise<Rows> {
    const collector = new RowCollector(this.#parts.limits);
    return new Promise((resolve, reject) => {
      let names: readonly string[] = [];
      let json: readonly boolean[] = [];
      let affected: number | undefined;
      let full = false;
      // A prepared statement: parameters are bound by the server, and it is one statement.
      const query = connection.execute({ sql, values: params.map(bound), rowsAsArray: true });
      query.on("fields", (fields: readonly { readonly name: string; readonly columnType?: number }[] | undefined) => {
        names = fields?.map(({ name }) => name) ?? [];
        json = fields?.map(({ columnType }) => columnType === JSON_TYPE) ?? [];
      });
      query.on("result", (row: unknown) => {
        if (!Array.isArray(row)) affected = affectedIn(row);
        else if (!full && !collector.add(row.map((value, index) => valueOf(value, json[index] === true)))) {
          full = true;
          if (readOnly) resolve(collector.result(names));
        }
      });
      query.on("error", (error: unknown) => reject(new ServerRefusal(error)));
      query.on("end", () => {
        connection.unprepare(sql);
        resolve(collector.result(names, affected));
      });
    });
  }

  /** Ends what a connection is at, and the connection. */
  #drop(connection: PoolConnection): void {
    const { threadId } = connection;
    connection.destroy();
    if (threadId === null) return;
    const killer = createConnection(this.#options());
    killer.on("error", () => {});
    killer.query(`KILL QUERY ${threadId}`, () => killer.destroy());
  }

  #poolOptions(): PoolOptions {
    const { connections, idleTimeout } = this.#parts;
    return { ...this.#options(), connectionLimit: connections, maxIdle: connections, idleTimeout };
  }

  #options() {
    const { host, port, socket, user, password, database, tls } = this.#parts.server;
    return {
      ...(socket === undefined ? { host, port } : { socketPath: socket }),
      user,
      password,
      ...(database !== "" && { database }),
      ...(tls === "verified" && { ssl: {} }),
      ...(tls === "encrypted" && { ssl: { rejectUnauthorized: false } }),
      connectTimeout: 10_000,
      supportBigNumbers: true,
      dateStrings: true,
      jsonStrings: true,
      charset: "utf8mb4",
    };
  }
}

/** The server has said no: nothing of it runs any more. */
class ServerRefusal extends Error {
  constructor(cause: unknown) {
    super("The server refuses the statement.", { cause });
  }
}

/** Runs a statement of the gateway's own. */
function simple(connection: Connection, sql: string): Promise<void> {
  return command(connection, (done) => connection.query(sql, done)).catch((error: unknown) => {
    throw new ServerRefusal(error);
  });
}

function command(_connection: Connection, run: (done: (error: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    run((error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

function affectedIn(header: unknown): number | undefined {
  const count = typeof header === "object" && header !== null ? Reflect.get(header, "affectedRows") : undefined;
  return typeof count === "number" ? count : undefined;
}

function valueOf(value: unknown, json: boolean): Json {
  return json && typeof value === "string" ? jsonValue(value) : anyValue(value);
}

/** Lists and objects are bound as JSON; whole numbers as text, since the driver would send them as floating-point ones. */
function bound(param: Json): string | number | boolean | null {
  if (typeof param === "number" && Number.isInteger(param)) return String(param);
  return typeof param === "object" && param !== null ? JSON.stringify(param) : param;
}
