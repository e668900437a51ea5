import { TemplateError } from "./value.ts";

/** A piece of what stands between `{{` and `}}`. */
export interface Token {
  readonly kind: "field" | "variable" | "word" | "number" | "string" | "char" | "mark" | "end";
  /** As written, without a field's dot. */
  readonly text: string;
  /** Whether space stands before it. */
  readonly spaced: boolean;
}

/** Text, or an action's pieces. */
export type Part = { readonly text: string } | { readonly tokens: readonly Token[]; readonly source: string };

const WORD = String.raw`[\p{L}_][\p{L}\p{Nd}_]*`;

/** By what a piece begins with; the first that fits counts. A field may be a number, right behind another operand. */
const PIECES: readonly (readonly [Token["kind"], RegExp])[] = [
  ["string", /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ["char", /'(?:[^'\\\n]|\\.[^']*)'/uy],
  ["variable", new RegExp(String.raw`\$(?:${WORD})?`, "uy")],
  ["field", new RegExp(String.raw`\.(?:${WORD}|\d+(?![\deE]))(?=[\p{L}\p{Nd}_]*)`, "uy")],
  ["number", /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y],
  ["word", new RegExp(WORD, "uy")],
  ["mark", /:=|[=|(),.]/y],
];

/** Cuts a template into text and actions. Throws a TemplateError. */
export function cut(source: string): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  let trimNext = false;
  for (;;) {
    const open = source.indexOf("{{", at);
    const text = source.slice(at, open < 0 ? source.length : open);
    const trimBefore = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    const left = trimNext ? text.trimStart() : text;
    const kept = trimBefore ? left.trimEnd() : left;
    if (kept !== "") parts.push({ text: kept });
    if (open < 0) return parts;
    const action = readAction(source, open + (trimBefore ? 3 : 2));
    if (action.tokens !== undefined) parts.push({ tokens: action.tokens, source: source.slice(open, action.end) });
    at = action.end;
    trimNext = action.trim;
  }
}

interface Action {
  /** Undefined for a comment. */
  readonly tokens: readonly Token[] | undefined;
  readonly end: number;
  readonly trim: boolean;
}

function readAction(source: string, from: number): Action {
  const comment = /\s*\/\*/y;
  comment.lastIndex = from;
  if (comment.test(source)) return readComment(source, comment.lastIndex);
  const tokens: Token[] = [];
  let at = from;
  for (;;) {
    const space = /\s*/y;
    space.lastIndex = at;
    space.test(source);
    const spaced = space.lastIndex > at;
    at = space.lastIndex;
    if (source.startsWith("}}", at)) return { tokens, end: at + 2, trim: false };
    if (spaced && source.startsWith("-}}", at)) return { tokens, end: at + 3, trim: true };
    const token = readToken(source, at, spaced, tokens.at(-1));
    tokens.push(token.token);
    at = token.end;
  }
}

function readComment(source: string, from: number): Action {
  const close = source.indexOf("*/", from);
  const end = /\*\/(\s+-)?\}\}/y;
  end.lastIndex = close;
  const match = close < 0 ? null : end.exec(source);
  if (match === null) throw new TemplateError("a comment must end with */}} or */ -}}");
  return { tokens: undefined, end: end.lastIndex, trim: match[1] !== undefined };
}

function readToken(
  source: string,
  at: number,
  spaced: boolean,
  before: Token | undefined,
): { token: Token; end: number } {
  for (const [kind, pattern] of PIECES) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) continue;
    const end = at + text.length;
    if (kind !== "field") return { token: { kind, text, spaced }, end };
    const numeric = /^\.\d/.test(text);
    // `.5` is a number, and so is what stands alone; `.items.0` is a place in a list.
    if (numeric && (spaced || !isOperandEnd(before))) continue;
    return { token: { kind, text: text.slice(1), spaced }, end };
  }
  if (at >= source.length) throw new TemplateError("an action is not closed by }}");
  throw new TemplateError(unexpected(source, at));
}

function isOperandEnd(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === "field" || token.kind === "variable" || token.text === ")");
}

function unexpected(source: string, at: number): string {
  const around = source.slice(Math.max(0, at - 20), at + 20);
  if (/["`]/.test(source.charAt(at))) return `a string is not closed, at ${JSON.stringify(around)}`;
  const hint = source.charAt(at) === "-" ? '; a name with a hyphen is reached by gjson "a.b-c" or index' : "";
  return `unexpected character ${JSON.stringify(source.charAt(at))} at ${JSON.stringify(around)}${hint}`;
}
