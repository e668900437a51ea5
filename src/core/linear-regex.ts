/**
 * Regular expressions in RE2's syntax (https://github.com/google/re2/wiki/Syntax), run by an automaton instead of JavaScript's
 * backtracking engine: one search takes time in proportion to the text, whatever the expression. For texts of any length that clients
 * send, and for expressions nobody has looked at. Several times slower than `regex.ts` on harmless expressions, which is what to
 * take for names, hosts and paths.
 */
import type { Matcher, RE2JS } from "re2js";
import { separatorsOf, windowsOf } from "./match-windows.ts";

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
  /** What a long text can be parted at. */
  readonly #separators: RegExp | undefined;

  constructor(source: string, engine: RE2JS, { budget = 1000, now = (): number => performance.now() }: LinearLimits) {
    this.source = source;
    this.#engine = engine;
    this.#names = Object.entries(engine.namedGroups());
    this.#budget = budget;
    this.#now = now;
    this.#separators = engine.test("") ? undefined : separatorsOf(source);
  }

  test(text: string): boolean {
    return this.#engine.test(text);
  }

  exec(text: string): LinearMatch | undefined {
    const matcher = this.#engine.matcher(text);
    return this.#engine.test(text) && matcher.find() ? this.#read(matcher, 0) : undefined;
  }

  *matchAll(text: string): Generator<LinearMatch, void, undefined> {
    const watch = new Watch(this.#now, this.#budget, () => this.#tooLong(text));
    if (this.#separators === undefined) {
      // Saying whether there is one at all is much faster than finding it.
      if (watch.time(() => this.#engine.test(text))) yield* this.#matchesIn(text, 0, watch);
      return;
    }
    const windows = windowsOf(text, this.#separators, (part) => this.#engine.test(part));
    for (;;) {
      const window = watch.time(() => windows.next());
      if (window.done === true) return;
      const [offset, part] = window.value;
      yield* this.#matchesIn(part, offset, watch);
    }
  }

  *#matchesIn(text: string, offset: number, watch: Watch): Generator<LinearMatch, void, undefined> {
    const matcher = this.#engine.matcher(text);
    let end = -1;
    while (watch.time(() => matcher.find())) {
      const match = this.#read(matcher, offset);
      if (match.end > match.index || match.index !== end) yield match;
      end = match.end;
    }
  }

  #tooLong(text: string): RangeError {
    return new RangeError(
      `The regular expression ${JSON.stringify(this.source)} takes too long on a text of ${text.length} characters: ` +
        `its matches were not all found in ${this.#budget} ms.`,
    );
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

  #read(matcher: Matcher, offset: number): LinearMatch {
    const groups: [string, ...(string | undefined)[]] = [matcher.group() ?? ""];
    for (let group = 1; group <= matcher.groupCount(); group += 1) groups.push(matcher.group(group) ?? undefined);
    const named = Object.fromEntries(this.#names.map(([name, group]) => [name, groups[group]]));
    return { index: offset + matcher.start(), end: offset + matcher.end(), groups, named };
  }
}

/** What the search has taken, and an end to it. */
class Watch {
  readonly #now: () => number;
  readonly #budget: number;
  readonly #over: () => Error;
  #spent = 0;

  constructor(now: () => number, budget: number, over: () => Error) {
    this.#now = now;
    this.#budget = budget;
    this.#over = over;
  }

  /** Does a piece of work; throws when that was too much. */
  time<T>(work: () => T): T {
    const begun = this.#now();
    const done = work();
    this.#spent += this.#now() - begun;
    if (this.#spent > this.#budget) throw this.#over();
    return done;
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
