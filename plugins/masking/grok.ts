import { GROK_PATTERNS } from "./grok-patterns.ts";

const NAMED = /%\{(\w+)(?::([^}]*))?\}/g;

/**
 * An expression with what `%{NAME}` and `%{NAME:alias}` stand for; the alias becomes the name of a group. Throws an Error for a name that
 * there is not.
 */
export function expandGrok(pattern: string): string {
  return pattern.replaceAll(NAMED, (_, name: string, alias: string | undefined) => {
    const known = Object.hasOwn(GROK_PATTERNS, name) ? GROK_PATTERNS[name] : undefined;
    if (known === undefined) throw new Error(`There is no GROK pattern %{${name}}.`);
    if (alias !== undefined && !/^\w+$/.test(alias)) {
      throw new Error(`The GROK alias '${alias}' cannot name a group: letters, digits and _ can.`);
    }
    // None names itself, so this ends.
    return `(${alias === undefined ? "?:" : `?P<${alias}>`}${expandGrok(known)})`;
  });
}

/** Patterns of digits that a number belongs to whole, or not at all: eleven digits of a longer number are no telephone's. */
const WHOLE_NUMBERS: ReadonlySet<string> = new Set(["%{MOBILE}", "%{IDCARD}"]);

/** Whether no digit may stand beside what a pattern matches. */
export function isWholeNumber(pattern: string): boolean {
  return WHOLE_NUMBERS.has(pattern.trim());
}
