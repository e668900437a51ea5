import type { Json } from "#src/core/json.ts";
import { wildcard } from "./wildcard.ts";
import { type Database, DatabaseError, type Rows, type TableName } from "./database.ts";

/** A table as the list shows it. */
export interface ListedTable extends TableName {
  readonly type: string;
  readonly comment: string | undefined;
}

/** The tables that may be seen. */
export class Tables {
  readonly #database: Database;
  readonly #patterns: readonly RegExp[] | undefined;

  /** `patterns` are names with `*`, of a schema's tables where they have a dot; without them all may be seen. */
  constructor(database: Database, patterns: readonly string[] | undefined) {
    this.#database = database;
    this.#patterns = patterns?.map(wildcard);
  }

  async list(signal: AbortSignal): Promise<{ readonly tables: readonly ListedTable[]; readonly truncated: boolean }> {
    const found = await this.#database.run({ ...this.#database.tables, readOnly: true, signal });
    return {
      tables: recordsOf(found)
        .map(listedIn)
        .filter((table) => this.#shows(table)),
      truncated: found.truncated,
    };
  }

  /** The table of this name, written as the list shows it. Rejects with a {@link DatabaseError} when there is none, or several. */
  async find(name: string, signal: AbortSignal): Promise<ListedTable> {
    const { tables } = await this.list(signal);
    const same = tables.filter((table) => shown(table) === name || table.name === name);
    const exact = same.filter((table) => shown(table) === name);
    const [found, ...others] = exact.length > 0 ? exact : same;
    if (found === undefined) throw new DatabaseError(`There is no table '${name}'; list_tables tells which there are.`);
    if (others.length === 0) return found;
    throw new DatabaseError(`There are several: ${same.map(shown).join(", ")}. Name one of them with its schema.`);
  }

  #shows({ schema, name }: TableName): boolean {
    return (
      this.#patterns?.some(
        (pattern) => pattern.test(name) || (schema !== undefined && pattern.test(`${schema}.${name}`)),
      ) ?? true
    );
  }
}

/** A table's name as it is shown. */
export function shown({ schema, name }: TableName): string {
  return schema === undefined ? name : `${schema}.${name}`;
}

/** Rows by their columns' names. */
export function recordsOf({ columns, rows }: Rows): Readonly<Record<string, Json>>[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])));
}

function listedIn({ schema, name, type, comment }: Readonly<Record<string, Json>>): ListedTable {
  return {
    schema: textOf(schema),
    name: textOf(name) ?? "",
    type: textOf(type) ?? "table",
    comment: textOf(comment),
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
