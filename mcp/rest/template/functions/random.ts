import type { TemplateContext } from "../run.ts";
import { TemplateError, type Value } from "../value.ts";
import { asCount, asText, between, fixed, type Functions, type TemplateFunction } from "./signature.ts";

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ASCII = Array.from({ length: 95 }, (_, at) => String.fromCodePoint(32 + at)).join("");

/** Longer ones are of no use. */
const LONGEST = 10_000;

function drawn(name: string, chars: string): TemplateFunction {
  return between(1, 1, ([count], { random }) => {
    const length = asCount(count, name);
    if (length < 0 || length > LONGEST) throw new TemplateError(`${name} makes at most ${LONGEST} characters`);
    return Array.from({ length }, () => chars.charAt(Math.floor(random() * chars.length))).join("");
  });
}

/** Sprig's chance. Good for names and samples; secrets are not made here. */
export const randoms: Functions = {
  randAlphaNum: drawn("randAlphaNum", LETTERS + DIGITS),
  randAlpha: drawn("randAlpha", LETTERS),
  randNumeric: drawn("randNumeric", DIGITS),
  randAscii: drawn("randAscii", ASCII),
  randInt: between(2, 2, ([least, below], { random }) => {
    const [from, to] = [asCount(least, "randInt"), asCount(below, "randInt")];
    if (to <= from) throw new TemplateError("randInt needs a larger second number");
    return BigInt(from + Math.floor(random() * (to - from)));
  }),
  randBytes: between(1, 1, ([count], context) => bytes(count, context)),
  shuffle: between(1, 1, ([text], { random }) => {
    const chars = Array.from(asText(text));
    for (let at = chars.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1));
      [chars[at], chars[other]] = [chars[other]!, chars[at]!];
    }
    return chars.join("");
  }),
  uuidv4: fixed(0, () => crypto.randomUUID()),
};

function bytes(count: Value, { random }: TemplateContext): string {
  const length = asCount(count, "randBytes");
  if (length < 0 || length > LONGEST) throw new TemplateError(`randBytes makes at most ${LONGEST} bytes`);
  return btoa(Array.from({ length }, () => String.fromCodePoint(Math.floor(random() * 256))).join(""));
}
