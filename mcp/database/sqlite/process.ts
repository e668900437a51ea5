/**
 * Runs statements on one SQLite file: `process.ts FILE`. In a process of its own, since SQLite runs a statement to its end within a call, and
 * only a process can be ended in the middle of one. Reads requests from its input and writes answers to its output, a line each.
 */
import { existsSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Json } from "#src/core/json.ts";
import { firstWord } from "../first-word.ts";
import { RowCollector } from "../row-collector.ts";
import { anyValue } from "../values.ts";
import type { SqliteAnswer, SqliteRequest } from "./messages.ts";

/** They reach other files. */
const REFUSED: ReadonlySet<string> = new Set(["ATTACH", "DETACH", "VACUUM"]);

const [, , file = ""] = process.argv;
const open = new Map<boolean, DatabaseSync>();

/** One connection that the file system itself holds to reading, and one that writes. */
function connection(readOnly: boolean, busy: number): DatabaseSync {
  const known = open.get(readOnly);
  if (known !== undefined) return known;
  if (!existsSync(file)) throw new Error("There is no such database file.");
  const opened = new DatabaseSync(file, { readOnly });
  opened.exec(`PRAGMA busy_timeout = ${busy}`);
  if (readOnly) opened.exec("PRAGMA query_only = ON");
  open.set(readOnly, opened);
  return opened;
}

function run({ sql, params, readOnly, rows, bytes, busy }: SqliteRequest): SqliteAnswer {
  const word = firstWord(sql);
  if (REFUSED.has(word)) throw new Error(`${word} cannot be used here.`);
  const database = connection(readOnly, busy);
  const statement = prepared(database, sql);
  const bound = params.map(value);
  if (statement.columns().length === 0) {
    const { changes } = statement.run(...bound);
    return { ok: true, columns: [], rows: [], truncated: false, affected: Number(changes) };
  }
  const columns = statement.columns().map(({ name }) => name);
  const collector = new RowCollector({ rows, bytes });
  for (const row of statement.iterate(...bound) as Iterable<unknown>) {
    if (Array.isArray(row) && !collector.add(row.map(anyValue))) break;
  }
  return { ok: true, ...collector.result(columns) };
}

function prepared(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  // SQLite compiles the first statement and leaves the rest alone.
  const rest = sql.slice(sql.indexOf(statement.sourceSQL) + statement.sourceSQL.length);
  if (firstWord(rest) !== "") throw new Error("Only one statement at a time can be run.");
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return statement;
}

/** Lists and objects are bound as JSON, whole numbers as integers. */
function value(param: Json): null | number | bigint | string {
  if (typeof param === "boolean") return param ? 1 : 0;
  if (typeof param === "number") return Number.isSafeInteger(param) ? BigInt(param) : param;
  return typeof param === "object" && param !== null ? JSON.stringify(param) : param;
}

function answerTo(line: string): SqliteAnswer {
  try {
    return run(JSON.parse(line) as SqliteRequest);
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(answerTo(line))}\n`);
});
