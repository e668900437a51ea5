/**
 * Regular expressions in RE2's syntax (https://github.com/google/re2/wiki/Syntax), run by an automaton instead of JavaScript's
 * backtracking engine: one search takes time in proportion to the text, whatever the expression. For texts of any length that clients
 * send, and for expressions nobody has looked at. About twenty times slower than `regex.ts` on harmless expressions, which is what to
 * take for names, hosts and paths.
 */
import type { Matcher, RE2JS } from "re2js";

/** A compiled expression. It keeps no place between calls. */
export interface LinearRegex {
  readonly source: string;
  /** Whether some part of the text matches. */
  test(text: string): boolean;
  /** The first match. */
  exec(text: string): LinearMatch | undefined;
  /** All matches from left to right; an empty one right behind another is left out, as Go does. */
  matchAll(text: string): Generator<LinearMatch, void, undefined>;
  /**
   * The text with each match replaced: by what a function makes of it, or by a template in Go's words. `$1`, `${1}` and `${name}` stand
   * for groups, `$0` for the whole match, `$$` for a dollar sign; `$name` reaches as far as letters, digits and `_` do. A group that took
   * no part is empty, as is one that the expression does not have.
   */
  replace(text: string, replacement: string | ((match: LinearMatch) => string)): string;
}

/** Where an expression matched. */
export interface LinearMatch {
  /** In UTF-16 code units; `end` is the first one behind it. */
  readonly index: number;
  readonly end: number;
  /** The whole match, then the groups; undefined is one that took no part. */
  readonly groups: readonly [string, ...(string | undefined)[]];
  readonly named: Readonly<Record<string, string | undefined>>;
}

/** What all matches of one text may take. */
export interface LinearLimits {
  /** Milliseconds for one `matchAll` or `replace`; 1000 when left out. */
  readonly budget?: number;
  readonly now?: () => number;
}

/**
 * Compiles an expression; `flags` are `i`, `m` and `s` as in `(?ims)`. Rejects with a SyntaxError that quotes the source and says what is
 * wrong with it.
 *
 * All matches together can take quadratic time, in every such engine: each search of `.*y|x` reads to the end of a text of `x`. After
 * `budget` milliseconds `matchAll` and `replace` throw a RangeError, between two matches.
 */
export async function compileLinear(source: string, flags = "", limits: LinearLimits = {}): Promise<LinearRegex> {
  // 260 KB that only some configurations need.
  const { RE2JS: engine } = await import("re2js");
  for (const flag of flags) {
    if (!"ims".includes(flag)) throw refused(source, `the flag "${flag}" is not supported; i, m and s are`);
  }
  const known = new Set(flags);
  const bits =
    (known.has("i") ? engine.CASE_INSENSITIVE : 0) |
    (known.has("m") ? engine.MULTILINE : 0) |
    (known.has("s") ? engine.DOTALL : 0);
  try {
    return new Automaton(source, engine.compile(source, bits), limits);
  } catch (error) {
    throw refused(source, error instanceof Error ? error.message.replace("error parsing regexp: ", "") : "", error);
  }
}

function refused(source: string, why: string, cause?: unknown): SyntaxError {
  return new SyntaxError(`The regular expression ${JSON.stringify(source)} is not valid: ${why}.`, { cause });
}

class Automaton implements LinearRegex {
  readonly source: string;
  readonly #engine: RE2JS;
  readonly #names: readonly (readonly [string, number])[];
  readonly #budget: number;
  readonly #now: () => number;

  constructor(source: string, engine: RE2JS, { budget = 1000, now = (): number => performance.now() }: LinearLimits) {
    this.source = source;
    this.#engine = engine;
    this.#names = Object.entries(engine.namedGroups());
    this.#budget = budget;
    this.#now = now;
  }

  test(text: string): boolean {
    return this.#engine.test(text);
  }

  exec(text: string): LinearMatch | undefined {
    const matcher = this.#engine.matcher(text);
    return matcher.find() ? this.#read(matcher) : undefined;
  }

  *matchAll(text: string): Generator<LinearMatch, void, undefined> {
    const matcher = this.#engine.matcher(text);
    let spent = 0;
    let end = -1;
    for (;;) {
      const begun = this.#now();
      const found = matcher.find();
      spent += this.#now() - begun;
      if (!found) return;
      if (spent > this.#budget) {
        throw new RangeError(
          `The regular expression ${JSON.stringify(this.source)} takes too long on a text of ${text.length} characters: ` +
            `its matches were not all found in ${this.#budget} ms.`,
        );
      }
      const match = this.#read(matcher);
      if (match.end > match.index || match.index !== end) yield match;
      end = match.end;
    }
  }

  replace(text: string, replacement: string | ((match: LinearMatch) => string)): string {
    const fill = typeof replacement === "string" ? compileTemplate(replacement) : replacement;
    let out = "";
    let from = 0;
    for (const match of this.matchAll(text)) {
      out += text.slice(from, match.index) + fill(match);
      from = match.end;
    }
    return out + text.slice(from);
  }

  #read(matcher: Matcher): LinearMatch {
    const groups: [string, ...(string | undefined)[]] = [matcher.group() ?? ""];
    for (let group = 1; group <= matcher.groupCount(); group += 1) groups.push(matcher.group(group) ?? undefined);
    const named = Object.fromEntries(this.#names.map(([name, group]) => [name, groups[group]]));
    return { index: matcher.start(), end: matcher.end(), groups, named };
  }
}

/** Compiles what {@link LinearRegex.replace} takes as a template. */
export function compileTemplate(template: string): (match: LinearMatch) => string {
  const parts = template.split(/(\$\$|\$\w+|\$\{\w+\})/);
  return ({ groups, named }) =>
    parts
      .map((part, index) => {
        if (index % 2 === 0) return part;
        if (part === "$$") return "$";
        const name = part.replaceAll(/[${}]/g, "");
        return (/^\d+$/.test(name) ? groups[Number(name)] : named[name]) ?? "";
      })
      .join("");
}
