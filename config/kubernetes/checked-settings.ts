import { checkValue } from "../issues.ts";
import { type Config, settingSchema } from "../model.ts";
import { formatPath, type Problem } from "../report.ts";
import type { ResourceFinding } from "./checked-entries.ts";
import type { Merged } from "./merge.ts";

/** What a setting came to. */
interface Checked {
  readonly value: unknown;
  /** Left out where there are problems, or no such setting. */
  readonly data?: unknown;
  readonly problems: readonly Problem[];
}

/** Settings that are there once, checked by the schema. One that is the same value as before stays the same object. */
export class CheckedSettings {
  readonly #known = new Map<string, Checked>();

  /** The good ones; what is wrong with the others goes to `found`. */
  of({ settings }: Merged, found: (finding: ResourceFinding) => void): Partial<Config> {
    const good: Record<string, unknown> = {};
    for (const [key, { value, from: resource }] of settings) {
      const { problems, ...checked } = this.#checked(key, value);
      if ("data" in checked) good[key] = checked.data;
      for (const { path, message, hint } of problems) {
        const field = formatPath([key, ...path]);
        found({ resource, field, message, severity: "error", ...(hint === undefined ? {} : { hint }) });
      }
    }
    return good;
  }

  #checked(key: string, value: unknown): Checked {
    const known = this.#known.get(key);
    if (known !== undefined && known.value === value) return known;
    const schema = settingSchema(key);
    const outcome = schema === undefined ? undefined : checkValue(schema, value);
    const checked = { value, problems: [], ...outcome };
    this.#known.set(key, checked);
    return checked;
  }
}
