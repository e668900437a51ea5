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

/** What an entry came to. */
interface Checked<T> {
  readonly written: Written;
  readonly entry: T | undefined;
  readonly problems: readonly Problem[];
}

/**
 * The entries of one list, checked by the schema. An entry written as it was before stays the same object, so that what is built from it
 * need not be built again.
 */
export class CheckedEntries<T> {
  readonly #schema: z.ZodType<T>;
  readonly #further: (written: Written) => readonly Problem[];
  #known: ReadonlyMap<string, Checked<T>> = new Map();

  constructor(schema: z.ZodType<T>, further: (written: Written) => readonly Problem[] = () => []) {
    this.#schema = schema;
    this.#further = further;
  }

  /** The good ones, in their order; what is wrong with the others goes to `found`. */
  check(
    merged: ReadonlyMap<string, MergedEntry>,
    found: (finding: ResourceFinding) => void,
  ): { readonly entry: T; readonly from: Resource }[] {
    const now = new Map<string, Checked<T>>();
    const good: { readonly entry: T; readonly from: Resource }[] = [];
    for (const [name, { written, from }] of merged) {
      const checked = this.#checked(name, written);
      now.set(name, checked);
      if (checked.entry !== undefined) good.push({ entry: checked.entry, from });
      for (const problem of checked.problems) found(findingOf(name, problem, from));
    }
    this.#known = now;
    return good;
  }

  #checked(name: string, written: Written): Checked<T> {
    const known = this.#known.get(name);
    if (known !== undefined && (known.written === written || isDeepStrictEqual(known.written, written))) return known;
    const outcome = checkValue(this.#schema, written);
    const problems = [...("problems" in outcome ? outcome.problems : []), ...this.#further(written)];
    return { written, problems, entry: "data" in outcome && problems.length === 0 ? outcome.data : undefined };
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
