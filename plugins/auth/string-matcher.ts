import type { z } from "zod";
import { compileLinear } from "#src/core/linear-regex.ts";
import { text } from "#src/core/settings/scalars.ts";
import { exactlyOne } from "#src/core/settings/shapes.ts";

/** Envoy's StringMatcher: one of these. */
export type StringMatcher =
  | { readonly exact: string }
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly contains: string }
  | { readonly regex: string };

/** One matcher. */
export const stringMatcher: z.ZodType<StringMatcher> = exactlyOne(
  {
    exact: text("The whole of it."),
    prefix: text("Its beginning."),
    suffix: text("Its end."),
    contains: text("A part of it."),
    regex: text("A regular expression in RE2's syntax, for the whole of it."),
  },
  "How a text is matched.",
);

/** Whether a text is matched; upper and lower case are the same. Rejects with an Error when an expression cannot be used. */
export async function compileMatchers(matchers: readonly StringMatcher[]): Promise<(text: string) => boolean> {
  const tests = await Promise.all(matchers.map(compiled));
  return (given) => tests.some((test) => test(given.toLowerCase()));
}

async function compiled(matcher: StringMatcher): Promise<(text: string) => boolean> {
  if ("regex" in matcher) {
    const expression = await compileLinear(`^(?:${matcher.regex})$`, "i");
    return (given) => expression.test(given);
  }
  if ("exact" in matcher) return same(matcher.exact, (given, wanted) => given === wanted);
  if ("prefix" in matcher) return same(matcher.prefix, (given, wanted) => given.startsWith(wanted));
  if ("suffix" in matcher) return same(matcher.suffix, (given, wanted) => given.endsWith(wanted));
  return same(matcher.contains, (given, wanted) => given.includes(wanted));
}

function same(wanted: string, test: (given: string, wanted: string) => boolean): (text: string) => boolean {
  const lower = wanted.toLowerCase();
  return (given) => test(given, lower);
}
