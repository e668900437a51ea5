import type { ProviderDefinition } from "#src/core/provider.ts";
import type { Path } from "./report.ts";
import { nearest } from "./suggest.ts";

/** Values as written, for checks that look at several entries. */

/** What the checks may know beside the values. */
export interface CheckScope {
  readonly definitions: readonly ProviderDefinition[];
  /** A value as it may be shown; masked when it is a secret. */
  show(path: Path, value: string): string;
}

/** A mapping as written. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Notes that something is wrong at a place. */
export type Add = (path: Path, message: string, hint?: string) => void;

/** One check. */
export type Check = (config: Mapping, add: Add, scope: CheckScope) => void;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

/** The mappings of a list, with their positions. */
export function entries(value: unknown): [number, Mapping][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown, index): [number, Mapping][] => (isMapping(item) ? [[index, item]] : []));
}

export function strings(value: unknown): [number, string][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown, index): [number, string][] => (typeof item === "string" ? [[index, item]] : []));
}

/** What is said of a name that nothing has. */
export function unknownName(what: string, shown: string, name: string, known: readonly string[]): [string, string] {
  const near = nearest(name, known);
  if (near !== undefined) return [`there is no ${what} ${shown}`, `did you mean ${near}?`];
  return [
    `there is no ${what} ${shown}`,
    known.length === 0 ? `there are no ${what}s` : `known: ${known.slice(0, 20).join(", ")}`,
  ];
}
