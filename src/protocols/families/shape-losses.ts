import type { JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";

/** Collects what a conversion between two formats of one family lost, each field once. */
export class Losses {
  readonly list: Loss[] = [];

  dropped(field: string, detail?: string): void {
    this.#add("dropped", field, detail);
  }

  approximated(field: string, detail?: string): void {
    this.#add("approximated", field, detail);
  }

  /** Reports every member of `body` that is not in `known` and not null. */
  unknown(body: JsonObject, known: ReadonlySet<string>, path = ""): void {
    for (const [key, value] of Object.entries(body)) if (!known.has(key) && value !== null) this.dropped(path + key);
  }

  #add(kind: Loss["kind"], field: string, detail: string | undefined): void {
    if (this.list.some((loss) => loss.field === field)) return;
    this.list.push(detail === undefined ? { field, kind } : { field, kind, detail });
  }
}
