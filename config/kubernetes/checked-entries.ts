import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { checkValue } from "../issues.ts";
import { formatPath, type Problem } from "../report.ts";
import type { MergedEntry } from "./merge.ts";
import type { Resource } from "./resource.ts";
import type { Finding, Written } from "./translator.ts";

/** A finding and the object it is about. */
export interface ResourceFinding extends Finding {
  readonly resource: Resource;
}

/** How entries are checked beyond their schema. */
export interface EntryChecks {
  readonly problems?: (written: Written) => readonly Problem[];
  /** What takes the place of an entry with problems, which are told all the same; left out: nothing does. */
  readonly instead?: (written: Written, problems: readonly Problem[]) => Written;
}

/** What an entry came to. */
interface Checked<T> {
  readonly merged: MergedEntry;
  readonly entry: T | undefined;
  readonly problems: readonly Problem[];
}

/**
 * The entries of one list, checked by the schema. An entry written as it was before stays the same object, so that what is built from it
 * need not be built again; a list in which nothing has changed is the same list.
 */
export class CheckedEntries<T extends object> {
  readonly #schema: z.ZodType<T>;
  readonly #checks: EntryChecks;
  readonly #known = new Map<string, Checked<T>>();
  /** The known ones in the order of the last time: mostly the next time has the same at the same place. */
  #ordered: readonly Checked<T>[] = [];
  /** Those of the known ones that are wrong. */
  #wrong: readonly [string, Checked<T>][] = [];
  readonly #origins = new WeakMap<object, Resource>();
  #merged: ReadonlyMap<string, MergedEntry> | undefined;
  #good: readonly T[] = [];

  constructor(schema: z.ZodType<T>, checks: EntryChecks = {}) {
    this.#schema = schema;
    this.#checks = checks;
  }

  /** The good ones, in their order; what is wrong with the others goes to `found`. */
  check(merged: ReadonlyMap<string, MergedEntry>, found: (finding: ResourceFinding) => void): readonly T[] {
    if (merged !== this.#merged) this.#good = this.#checkAll(merged);
    this.#merged = merged;
    for (const [name, { problems, merged: one }] of this.#wrong) {
      for (const problem of problems) found(findingOf(name, problem, one.from));
    }
    return this.#good;
  }

  /** The object that a good entry was made of. */
  originOf(entry: object): Resource | undefined {
    return this.#origins.get(entry);
  }

  #checkAll(merged: ReadonlyMap<string, MergedEntry>): readonly T[] {
    const good: T[] = [];
    const ordered: Checked<T>[] = [];
    for (const [name, one] of merged) {
      const at = this.#ordered[ordered.length];
      const checked = at?.merged === one ? at : this.#checked(name, one);
      ordered.push(checked);
      if (checked.entry !== undefined) good.push(checked.entry);
    }
    this.#ordered = ordered;
    if (this.#known.size > merged.size)
      for (const name of this.#known.keys()) if (!merged.has(name)) this.#known.delete(name);
    this.#wrong = [...this.#known].filter(([, { problems }]) => problems.length > 0);
    const same = good.length === this.#good.length && good.every((entry, index) => entry === this.#good[index]);
    return same ? this.#good : good;
  }

  #checked(name: string, merged: MergedEntry): Checked<T> {
    const known = this.#known.get(name);
    if (known?.merged === merged) return known;
    const same = known !== undefined && isDeepStrictEqual(known.merged.written, merged.written);
    const checked = same ? { ...known, merged } : this.#new(merged);
    this.#known.set(name, checked);
    if (checked.entry !== undefined) this.#origins.set(checked.entry, merged.from);
    return checked;
  }

  #new(merged: MergedEntry): Checked<T> {
    const { written } = merged;
    const outcome = checkValue(this.#schema, written);
    const { problems: further, instead } = this.#checks;
    const problems = [...("problems" in outcome ? outcome.problems : []), ...(further?.(written) ?? [])];
    if (problems.length === 0) return { merged, problems, entry: "data" in outcome ? outcome.data : undefined };
    const other = instead === undefined ? undefined : checkValue(this.#schema, instead(written, problems));
    return { merged, problems, entry: other !== undefined && "data" in other ? other.data : undefined };
  }
}

/** What the schema says is about the entry that was made of the object: its path there helps more than none. */
function findingOf(name: string, { path, message, hint }: Problem, resource: Resource): ResourceFinding {
  const place = path.length === 0 ? name : `${name}: ${formatPath(path)}`;
  return {
    resource,
    field: "",
    severity: "error",
    message: `what it comes to cannot be used (${place}): ${message}`,
    ...(hint === undefined ? {} : { hint }),
  };
}
