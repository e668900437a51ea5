import type { Clock } from "#src/core/clock.ts";
import { type Database, DatabaseError, type Rows, type Statement, type StatementLimits } from "../database.ts";
import { Ended } from "../ended.ts";
import { columns, details, TABLES } from "./catalog.ts";
import { SqliteWorker } from "./worker.ts";

/** What a way to a SQLite file is made of. */
export interface SqliteParts {
  /** Its absolute path. */
  readonly file: string;
  readonly limits: StatementLimits;
  readonly connections: number;
  /** Milliseconds. */
  readonly idleTimeout: number;
  readonly clock: Clock;
}

/** A SQLite file, read and written by processes of the gateway's own. */
export class SqliteDatabase implements Database {
  readonly title = "SQLite";
  readonly tables: Database["tables"] = TABLES;
  readonly #parts: SqliteParts;
  readonly #all = new Set<SqliteWorker>();
  readonly #idle: SqliteWorker[] = [];
  readonly #queue: ((worker: SqliteWorker) => void)[] = [];
  #stopTimer: () => void = () => {};
  #closed = false;

  constructor(parts: SqliteParts) {
    this.#parts = parts;
  }

  placeholder(number: number): string {
    return `?${number}`;
  }

  quote(name: string): string {
    return `"${name.replaceAll('"', '""')}"`;
  }

  readonly columns: Database["columns"] = columns;
  readonly details: Database["details"] = details;

  async run({ sql, params, readOnly, signal }: Statement): Promise<Rows> {
    const { clock, limits } = this.#parts;
    const { timeout, rows, bytes } = limits;
    const ended = new Ended(signal, timeout, clock, 0);
    try {
      const worker = await this.#take(ended);
      try {
        const answer = await ended.race(worker.run({ sql, params, readOnly, rows, bytes, busy: timeout }));
        if (!answer.ok) throw new DatabaseError(answer.message);
        const { ok: _, ...result } = answer;
        this.#give(worker);
        return result;
      } catch (error) {
        // The database's own word leaves a worker as it was.
        if (error instanceof DatabaseError && !worker.busy) this.#give(worker);
        else this.#drop(worker);
        throw error;
      }
    } finally {
      ended.stop();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    await Promise.all([...this.#all].map((worker) => worker.stop()));
  }

  async #take(ended: Ended): Promise<SqliteWorker> {
    if (this.#closed) throw new DatabaseError("The database is being closed.");
    this.#stopTimer();
    const idle = this.#idle.pop();
    if (idle !== undefined && !idle.gone) return idle;
    if (idle !== undefined) this.#all.delete(idle);
    if (this.#all.size < this.#parts.connections) return this.#start();
    const { promise, resolve } = Promise.withResolvers<SqliteWorker>();
    this.#queue.push(resolve);
    try {
      return await ended.race(promise);
    } catch (error) {
      const at = this.#queue.indexOf(resolve);
      // It may have come at the same moment, for nobody.
      if (at >= 0) this.#queue.splice(at, 1);
      else void promise.then((worker) => this.#give(worker));
      throw error;
    }
  }

  #start(): SqliteWorker {
    const { file, limits, clock } = this.#parts;
    const worker = new SqliteWorker(file, limits.bytes, clock);
    this.#all.add(worker);
    return worker;
  }

  #give(worker: SqliteWorker): void {
    if (worker.gone) {
      this.#drop(worker);
      return;
    }
    const next = this.#queue.shift();
    if (next !== undefined) {
      next(worker);
      return;
    }
    this.#idle.push(worker);
    this.#stopTimer();
    this.#stopTimer = this.#parts.clock.after(this.#parts.idleTimeout, () => this.#stopIdle());
  }

  #drop(worker: SqliteWorker): void {
    this.#all.delete(worker);
    worker.kill();
    const next = this.#queue.shift();
    if (next !== undefined && !this.#closed) next(this.#start());
  }

  #stopIdle(): void {
    for (const worker of this.#idle.splice(0)) {
      this.#all.delete(worker);
      void worker.stop();
    }
  }
}
