import { TemplateError } from "./value.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([\s\S]?))/g;

/** A Go string literal's characters. */
export function stringConstant(literal: string): string {
  if (literal.startsWith("`")) return literal.slice(1, -1).replaceAll("\r", "");
  return literal
    .slice(1, -1)
    .replaceAll(ESCAPE, (whole, x?: string, u?: string, big?: string, octal?: string, one?: string) => {
      const hex = x ?? u ?? big;
      if (hex !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const char = ESCAPES[one ?? ""];
      if (char === undefined) throw new TemplateError(`${whole} is no escape of a string`);
      return char;
    });
}

/** A character's code. */
export function charConstant(literal: string): bigint {
  const [char, ...more] = Array.from(stringConstant(literal));
  if (char === undefined || more.length > 0) throw new TemplateError(`${literal} is not one character`);
  return BigInt(char.codePointAt(0) ?? 0);
}

/** An int where it is written as one, else a float. */
export function numberConstant(literal: string): bigint | number {
  const digits = literal.replaceAll("_", "");
  const sign = digits.startsWith("-") ? -1n : 1n;
  const unsigned = digits.replace(/^[+-]/, "");
  if (/^0\d+$/.test(unsigned)) return integer(sign, `0o${unsigned.slice(1)}`, literal);
  if (/^(?:0[xXbBoO].+|\d+)$/.test(unsigned)) return integer(sign, unsigned, literal);
  const float = Number(digits);
  if (Number.isNaN(float)) throw new TemplateError(`${literal} is no number`);
  return float;
}

function integer(sign: bigint, digits: string, literal: string): bigint {
  let value: bigint;
  try {
    value = sign * BigInt(digits.toLowerCase());
  } catch {
    throw new TemplateError(`${literal} is no number`);
  }
  if (BigInt.asIntN(64, value) !== value) throw new TemplateError(`${literal} does not fit an int`);
  return value;
}
