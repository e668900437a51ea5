import { compileRegex, compileReplacement } from "#src/core/regex.ts";
import { TemplateError } from "../value.ts";
import { asCount, asText, fixed, type Functions } from "./signature.ts";
import { both } from "./list.ts";

/** Expressions already compiled; a template's are few. */
const KEPT = 200;
const kept = new Map<string, RegExp>();

function regex(source: string): RegExp {
  const known = kept.get(source);
  if (known !== undefined) return known;
  if (kept.size >= KEPT) kept.clear();
  try {
    const compiled = compileRegex(source, "search");
    kept.set(source, compiled);
    return compiled;
  } catch (error) {
    throw new TemplateError(error instanceof Error ? error.message : "the regular expression is not valid");
  }
}

/** The same, for all matches. */
function everywhere(source: string): RegExp {
  const { source: compiled, flags } = regex(source);
  return new RegExp(compiled, `${flags}g`);
}

/** Sprig's regular expressions, in RE2's syntax. */
export const regexes: Functions = {
  ...both(
    "regexMatch",
    fixed(2, (source, text) => regex(asText(source)).test(asText(text))),
  ),
  ...both(
    "regexFind",
    fixed(2, (source, text) => regex(asText(source)).exec(asText(text))?.[0] ?? ""),
  ),
  ...both(
    "regexFindAll",
    fixed(3, (source, text, count) => {
      const most = asCount(count, "regexFindAll");
      const found = Array.from(asText(text).matchAll(everywhere(asText(source))), ([match]) => match);
      return most < 0 ? found : found.slice(0, most);
    }),
  ),
  ...both(
    "regexReplaceAll",
    fixed(3, (source, text, by) => compileReplacement(regex(asText(source)), asText(by))(asText(text)) ?? asText(text)),
  ),
  ...both(
    "regexReplaceAllLiteral",
    fixed(3, (source, text, by) => asText(text).replaceAll(everywhere(asText(source)), () => asText(by))),
  ),
  ...both(
    "regexSplit",
    fixed(3, (source, text, count) => split(asText(source), asText(text), asCount(count, "regexSplit"))),
  ),
  regexQuoteMeta: fixed(1, (text) => asText(text).replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)),
};

function split(source: string, text: string, most: number): readonly string[] {
  if (most === 0) return [];
  const parts: string[] = [];
  let from = 0;
  for (const { 0: match, index } of text.matchAll(everywhere(source))) {
    if (most > 0 && parts.length === most - 1) break;
    if (match === "" && (index === 0 || index === text.length)) continue;
    parts.push(text.slice(from, index));
    from = index + match.length;
  }
  return [...parts, text.slice(from)];
}
