/**
 * Regular expressions as gateway configuration writes them: RE2's syntax (https://github.com/google/re2/wiki/Syntax), run by the
 * JavaScript engine. What RE2 refuses (look-around, back-references) is refused here too, so that a configuration means the same
 * wherever it runs.
 *
 * What this does not protect from: the engine backtracks, RE2 does not. `(a+)+$` takes exponential time on a long run of `a`; the
 * author of the configuration is trusted with that, a client never is. `.` leaves out U+2028, U+2029 and CR besides LF, and `\s`
 * knows Unicode's spaces; RE2 differs in both.
 */

/** `full`: the whole text must match; `search`: some part of it. */
export type RegexScope = "full" | "search";

/** Compiles a configured expression. Throws a SyntaxError that quotes the source and says what is wrong with it. */
export function compileRegex(source: string, scope: RegexScope): RegExp {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(source);
  const flags = leading?.[1] ?? "";
  for (const flag of flags) {
    if (!"ims".includes(flag)) throw refused(source, `the flag "${flag}" is not supported; i, m and s are`);
  }
  const body = translate(source, leading?.[0].length ?? 0);
  // `^` and `$` of a multi-line expression match at lines, so the scope needs anchors that do not.
  const scoped = scope === "full" ? `(?<![\\s\\S])(?:${body})(?![\\s\\S])` : body;
  try {
    return new RegExp(scoped, `u${[...new Set(flags)].join("")}`);
  } catch (error) {
    throw refused(source, error instanceof Error ? (error.message.split(": ").at(-1) ?? "") : "", error);
  }
}

function refused(source: string, why: string, cause?: unknown): SyntaxError {
  return new SyntaxError(`The regular expression ${JSON.stringify(source)} is not valid: ${why}.`, { cause });
}

/** POSIX classes inside `[...]`. */
const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** Groups by what follows `(?`: RE2's own spelling, or why it is refused. The first that fits counts. */
const GROUPS: readonly (readonly [start: RegExp, to: string | undefined, why: string])[] = [
  [/\(\?P</y, "(?<", ""],
  [/\(\?:/y, "(?:", ""],
  [/\(\?<[=!]/y, undefined, "look-behind is not supported"],
  [/\(\?[=!]/y, undefined, "look-ahead is not supported"],
  [/\(\?</y, "(?<", ""],
  [/\(\?P=/y, undefined, "back-references are not supported"],
  [/\(\?>/y, undefined, "atomic groups are not supported"],
  [/\(\?/y, undefined, "flags are supported only at the beginning"],
];

interface Cursor {
  readonly source: string;
  at: number;
}

function translate(source: string, from: number): string {
  const cursor: Cursor = { source, at: from };
  let out = "";
  while (cursor.at < source.length) out += piece(cursor);
  return out;
}

function piece(cursor: Cursor): string {
  const char = cursor.source.charAt(cursor.at);
  if (char === "\\") return escape(cursor, false);
  if (char === "[") return characterClass(cursor);
  if (char === "(") return group(cursor);
  if (char === "{") return taken(cursor, /\{\d+(?:,\d*)?\}/y) ?? literal(cursor, char);
  cursor.at += 1;
  return char === "}" || char === "]" ? `\\${char}` : char;
}

function literal(cursor: Cursor, char: string): string {
  cursor.at += 1;
  return `\\${char}`;
}

/** What `pattern` (sticky) matches at the cursor, which moves behind it. */
function taken(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.source)?.[0];
  if (match !== undefined) cursor.at += match.length;
  return match;
}

function group(cursor: Cursor): string {
  for (const [start, to, why] of GROUPS) {
    if (taken(cursor, start) === undefined) continue;
    if (to === undefined) throw refused(cursor.source, why);
    return to;
  }
  cursor.at += 1;
  return "(";
}

function characterClass(cursor: Cursor): string {
  const start = taken(cursor, /\[\^?/y) ?? "";
  // A bracket right at the beginning stands for itself.
  let out = start + (taken(cursor, /\]/y) === undefined ? "" : "\\]");
  while (cursor.at < cursor.source.length) {
    const char = cursor.source.charAt(cursor.at);
    if (char === "\\") out += escape(cursor, true);
    else if (char === "[") out += posix(cursor) ?? literal(cursor, char);
    else {
      cursor.at += 1;
      out += char;
      if (char === "]") return out;
    }
  }
  throw refused(cursor.source, "a character class is not closed");
}

function posix(cursor: Cursor): string | undefined {
  const name = taken(cursor, /\[:[a-z]+:\]/y)?.slice(2, -2);
  if (name === undefined) return undefined;
  const ranges = POSIX[name];
  if (ranges === undefined) throw refused(cursor.source, `the class [:${name}:] is unknown`);
  return ranges;
}

/** Escapes that are spelled otherwise in JavaScript; ASCII punctuation is handled apart. */
const ESCAPES: Readonly<Record<string, string>> = { A: "(?<![\\s\\S])", z: "(?![\\s\\S])", a: "\\x07" };

function escape(cursor: Cursor, inClass: boolean): string {
  const { source } = cursor;
  const quoted = taken(cursor, /\\Q[\s\S]*?(?:\\E|$)/y);
  if (quoted !== undefined) return quotedText(quoted.slice(2).replace(/\\E$/, ""));
  const code = taken(cursor, /\\x\{[0-9a-fA-F]+\}/y);
  if (code !== undefined) return `\\u${code.slice(2)}`;
  const property = taken(cursor, /\\[pP][A-Z]/y);
  if (property !== undefined) return `${property.slice(0, 2)}{${property.slice(2)}}`;
  const char = source.charAt(cursor.at + 1);
  if (/[1-9k]/.test(char)) throw refused(source, "back-references are not supported");
  if (char === "") throw refused(source, "it ends with a backslash");
  if (char === "C" || char === "Z" || char === "G") throw refused(source, `\\${char} is not supported`);
  cursor.at += 2;
  if (!inClass && ESCAPES[char] !== undefined) return ESCAPES[char];
  return /[!-/:-@[-`{-~]/.test(char) ? quotedText(char) : `\\${char}`;
}

/** Text that stands for itself, in a class as well as outside. */
function quotedText(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/**
 * Compiles a replacement: each match in the text becomes `template`, in which `$1`, `${1}` and `${name}` stand for groups and `$$` for a
 * dollar sign. A group that took no part is empty, as is one the expression does not have. Answers undefined when nothing matches.
 */
export function compileReplacement(regex: RegExp, template: string): (text: string) => string | undefined {
  const global = new RegExp(regex.source, regex.flags.includes("g") ? regex.flags : `${regex.flags}g`);
  const parts = template.split(/(\$\$|\$\d+|\$\{\w+\})/);
  return (text) => {
    let out = "";
    let from = 0;
    let matched = false;
    for (const match of text.matchAll(global)) {
      // RE2 lets no empty match follow right behind another one: `.*` matches "abc" once, not twice.
      if (match[0] === "" && matched && match.index === from) continue;
      out += text.slice(from, match.index) + filled(parts, match);
      from = match.index + match[0].length;
      matched = true;
    }
    return matched ? out + text.slice(from) : undefined;
  };
}

function filled(parts: readonly string[], match: RegExpExecArray): string {
  let out = "";
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) out += part;
    else if (part === "$$") out += "$";
    else {
      const name = part.replaceAll(/[${}]/g, "");
      out += (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? "";
    }
  }
  return out;
}
