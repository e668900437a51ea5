import { compileRegex } from "#src/core/regex.ts";
import type { ValueMatch } from "#src/core/route.ts";

/** Looks at a value that may be missing. */
export type ValueTest = (value: string | null) => boolean;

/** Compiles how a header or a query parameter is matched; an expression must match the whole value, as in Envoy. */
export function compileValue(match: ValueMatch): ValueTest {
  if ("exact" in match) return (value) => value === match.exact;
  if ("prefix" in match) return (value) => value !== null && value.startsWith(match.prefix);
  if ("regex" in match) {
    const regex = compileRegex(match.regex, "full");
    return (value) => value !== null && regex.test(value);
  }
  return (value) => value !== null;
}
