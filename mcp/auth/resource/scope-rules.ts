import { indexPatterns } from "#src/core/pattern.ts";
import type { AuthSettings } from "./settings.ts";

/** What the requests of a server need. */
export interface ScopeRules {
  /** What every request needs. */
  readonly common: readonly string[];
  /** What a call of a tool needs, the common ones included. */
  forTool(name: string): readonly string[];
  /** A token's scopes with those that they imply. */
  expand(granted: ReadonlySet<string>): ReadonlySet<string>;
}

/** Throws a SyntaxError when a pattern is not valid. */
export function createScopeRules(settings: Pick<AuthSettings, "scopes" | "toolScopes" | "scopeHierarchy">): ScopeRules {
  const { scopes: common, toolScopes, scopeHierarchy } = settings;
  const find = indexPatterns(Object.entries(toolScopes));
  const implied = new Map(Object.entries(scopeHierarchy));
  return {
    common,
    forTool: (name) => [...new Set([...common, ...(find(name)?.value ?? [])])],
    expand: (granted) => (implied.size === 0 ? granted : closure(granted, implied)),
  };
}

export function allows(granted: ReadonlySet<string>, needed: readonly string[]): boolean {
  return needed.every((scope) => granted.has(scope));
}

function closure(granted: ReadonlySet<string>, implied: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const all = new Set(granted);
  // A set that grows while it is walked is walked to its end.
  for (const scope of all) for (const narrower of implied.get(scope) ?? []) all.add(narrower);
  return all;
}
