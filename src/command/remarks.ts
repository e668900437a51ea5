import type { Log, LogFields } from "../core/log.ts";

/** Something that a person should know. */
export interface Remark {
  readonly level: "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** Tells each thing once, for as long as it lasts. */
export class Remarks {
  readonly #log: Log;
  /** How often each of them is there. */
  readonly #lasting = new Map<string, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** What has come, and what is over. */
  change(come: Iterable<Remark>, over: Iterable<Remark>): void {
    for (const remark of come) {
      const { level, message, fields } = remark;
      const times = this.#lasting.get(keyOf(remark)) ?? 0;
      this.#lasting.set(keyOf(remark), times + 1);
      if (times === 0) this.#log[level](message, fields);
    }
    for (const remark of over) {
      const times = this.#lasting.get(keyOf(remark)) ?? 0;
      if (times > 1) this.#lasting.set(keyOf(remark), times - 1);
      else this.#lasting.delete(keyOf(remark));
    }
  }
}

function keyOf({ message, fields }: Remark): string {
  return JSON.stringify([message, fields]);
}
