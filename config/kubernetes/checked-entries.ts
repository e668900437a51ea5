import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { changeOf, edited, editsBetween } from "#src/core/list-edits.ts";
import { checkValue } from "../issues.ts";
import { formatPath, type Problem } from "../report.ts";
import { EntryList, type MergedEntry } from "./entry-list.ts";
import { entryName } from "./merge.ts";
import type { Resource } from "./resource.ts";
import type { Finding, PieceList, Written } from "./translator.ts";

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
  readonly written: Written;
  readonly entry: T | undefined;
  readonly problems: readonly Problem[];
}

/**
 * The entries of one list, checked by the schema. An entry written as it was before stays the same object, so that what is built from it
 * need not be built again; a list in which nothing has changed is the same list, and only what has changed in it is looked at.
 */
export class CheckedEntries<T extends object> {
  readonly #list: PieceList;
  readonly #schema: z.ZodType<T>;
  readonly #checks: EntryChecks;
  readonly #known = new Map<string, Checked<T>>();
  readonly #origins = new WeakMap<object, Resource>();
  #merged: readonly MergedEntry[] = [];
  /** What the merged ones came to, in their order. */
  #checked: readonly Checked<T>[] = [];
  #wrong: readonly Checked<T>[] = [];
  #good: readonly T[] = [];

  constructor(list: PieceList, schema: z.ZodType<T>, checks: EntryChecks = {}) {
    this.#list = list;
    this.#schema = schema;
    this.#checks = checks;
  }

  /** The good ones, in their order; what is wrong with the others goes to `found`. */
  check(merged: ReadonlyMap<string, MergedEntry>, found: (finding: ResourceFinding) => void): readonly T[] {
    this.#update(merged instanceof EntryList ? merged.items : [...merged.values()]);
    for (const { problems, merged: one } of this.#wrong) {
      for (const problem of problems) found(findingOf(this.#nameOf(one), problem, one.from));
    }
    return this.#good;
  }

  /** Whether there is a good entry of a name. */
  has(name: string): boolean {
    return this.#known.get(name)?.entry !== undefined;
  }

  /** What the good entry of a name was read from: what stands for one with problems, where that is so. */
  writtenOf(name: string): Written | undefined {
    const known = this.#known.get(name);
    return known?.entry === undefined ? undefined : known.written;
  }

  /** The object that a good entry was made of. */
  originOf(entry: object): Resource | undefined {
    return this.#origins.get(entry);
  }

  #update(merged: readonly MergedEntry[]): void {
    const edits = editsBetween(this.#merged, merged);
    this.#merged = merged;
    if (edits.length === 0) return;
    const { gone, come } = changeOf(edits);
    const [before, { length }] = [this.#checked, this.#wrong];
    this.#checked = edited(before, edits, (one) => this.#check(one));
    const left = new Set(Array.from(gone, (one) => this.#nameOf(one)));
    for (const one of come) left.delete(this.#nameOf(one));
    for (const name of left) this.#known.delete(name);
    const isWrong = ({ problems }: Checked<T>): boolean => problems.length > 0;
    const touched = length > 0 || Array.from(come, (one) => this.#check(one)).some(isWrong);
    this.#wrong = touched ? this.#checked.filter(isWrong) : [];
    const good: T[] = [];
    for (const { entry } of this.#checked) if (entry !== undefined) good.push(entry);
    if (editsBetween(this.#good, good).length > 0) this.#good = good;
  }

  #check(merged: MergedEntry): Checked<T> {
    const name = this.#nameOf(merged);
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
    if (problems.length === 0 || instead === undefined)
      return {
        merged,
        written,
        problems,
        entry: problems.length === 0 && "data" in outcome ? outcome.data : undefined,
      };
    const standing = instead(written, problems);
    const other = checkValue(this.#schema, standing);
    return { merged, written: standing, problems, entry: "data" in other ? other.data : undefined };
  }

  #nameOf({ written }: MergedEntry): string {
    return entryName(this.#list, written);
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
