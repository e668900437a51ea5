import type { Json } from "#src/core/json.ts";
import type { Rows, StatementLimits } from "./database.ts";

/** Takes rows until there are too many. */
export class RowCollector {
  readonly #limits: Pick<StatementLimits, "rows" | "bytes">;
  readonly #rows: (readonly Json[])[] = [];
  #bytes = 0;
  #truncated = false;

  constructor(limits: Pick<StatementLimits, "rows" | "bytes">) {
    this.#limits = limits;
  }

  /** Answers whether further rows are wanted. */
  add(row: readonly Json[]): boolean {
    const size = JSON.stringify(row).length;
    if (this.#rows.length >= this.#limits.rows || this.#bytes + size > this.#limits.bytes) {
      this.#truncated = true;
      return false;
    }
    this.#rows.push(row);
    this.#bytes += size;
    return true;
  }

  result(columns: readonly string[], affected?: number): Rows {
    const rows = { columns, rows: this.#rows, truncated: this.#truncated };
    return affected === undefined ? rows : { ...rows, affected };
  }
}
