import { createHash } from "node:crypto";
import type { JsonObject } from "#src/core/json.ts";

/** What routes have put into filters' own configurations. Names are made of the parts, so that they stay the same. */
export class SharedParts {
  readonly #filters = new Map<string, Map<string, JsonObject>>();

  get empty(): boolean {
    return this.#filters.size === 0;
  }

  /** The part's name. */
  add(filter: string, part: JsonObject): string {
    const name = createHash("sha256").update(JSON.stringify(part)).digest("hex").slice(0, 16);
    const parts = this.#filters.get(filter) ?? new Map<string, JsonObject>();
    this.#filters.set(filter, parts.set(name, part));
    return name;
  }

  of(filter: string): ReadonlyMap<string, JsonObject> {
    return this.#filters.get(filter) ?? new Map<string, JsonObject>();
  }
}
