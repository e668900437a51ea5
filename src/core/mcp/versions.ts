/** The revisions of the session era, newest first: `initialize` offers these. */
export const LEGACY_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

/** The stateless revisions, newest first. */
export const MODERN_VERSIONS = ["2026-07-28"] as const;

const LEGACY: ReadonlySet<string> = new Set(LEGACY_VERSIONS);
const MODERN: ReadonlySet<string> = new Set(MODERN_VERSIONS);

/** A revision without sessions. */
export function isModern(version: string): boolean {
  return MODERN.has(version);
}

/** A revision with sessions. */
export function isLegacy(version: string): boolean {
  return LEGACY.has(version);
}
