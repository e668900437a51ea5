import { isDeepStrictEqual } from "node:util";
import { type Mapping, mapping } from "../../check-values.ts";
import type { Written } from "../../kubernetes/translator.ts";

/** Whose status it is, and when. */
export interface StatusAuthor {
  readonly controllerName: string;
  /** RFC 3339. */
  readonly now: string;
}

/**
 * A status with what must stay of the one an object has: conditions and entries of other controllers, and since when each condition is
 * what it is. Only keys of `wanted` are in it.
 */
export function mergedStatus(wanted: Written, there: Written, author: StatusAuthor): Written {
  return Object.fromEntries(
    Object.entries(wanted).map(([key, value]) => [key, MERGES[key]?.(value, there[key], author) ?? value]),
  );
}

/** Whether an object has everything of a status. */
export function hasStatus(there: Written, status: Written): boolean {
  return Object.entries(status).every(([key, value]) => isDeepStrictEqual(value, there[key]));
}

type Merge = (wanted: unknown, there: unknown, author: StatusAuthor) => unknown;

const MERGES: Readonly<Record<string, Merge>> = {
  conditions: (wanted, there, author) => [...timed(wanted, there, author), ...foreignConditions(there)],
  listeners: (wanted, there, author) => withConditions(wanted, there, author, ({ name }) => name),
  parents: (wanted, there, author) => ofControllers(wanted, there, author, ({ parentRef }) => parentRef),
  ancestors: (wanted, there, author) => ofControllers(wanted, there, author, ({ ancestorRef }) => ancestorRef),
};

/** Types of conditions that are this gateway's on what is its own: others' stay. */
const OWN_TYPES: ReadonlySet<unknown> = new Set([
  "Accepted",
  "Programmed",
  "ResolvedRefs",
  "InsecureFrontendValidationMode",
]);

function foreignConditions(there: unknown): readonly Mapping[] {
  return list(there).filter(({ type }) => !OWN_TYPES.has(type));
}

/** A condition that is as it was has been so since then. */
function timed(wanted: unknown, there: unknown, { now }: StatusAuthor): readonly Mapping[] {
  const before = new Map(list(there).map((condition) => [condition["type"], condition]));
  return list(wanted).map((condition) => {
    const known = before.get(condition["type"]);
    const since = known?.["status"] === condition["status"] ? known?.["lastTransitionTime"] : undefined;
    return Object.assign({ lastTransitionTime: since ?? now }, condition);
  });
}

function withConditions(
  wanted: unknown,
  there: unknown,
  author: StatusAuthor,
  identity: (entry: Mapping) => unknown,
): readonly Mapping[] {
  return list(wanted).map((entry) => {
    const known = list(there).find((one) => isDeepStrictEqual(identity(one), identity(entry)));
    return Object.assign({}, entry, { conditions: timed(entry["conditions"], known?.["conditions"], author) });
  });
}

function ofControllers(
  wanted: unknown,
  there: unknown,
  author: StatusAuthor,
  identity: (entry: Mapping) => unknown,
): readonly Mapping[] {
  const isOwn = ({ controllerName }: Mapping): boolean => controllerName === author.controllerName;
  const [own, foreign] = [list(there).filter(isOwn), list(there).filter((entry) => !isOwn(entry))];
  return [...withConditions(wanted, own, author, identity), ...foreign];
}

function list(value: unknown): readonly Mapping[] {
  return Array.isArray(value) ? value.map(mapping) : [];
}
