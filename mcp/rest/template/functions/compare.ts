import { JsonNode } from "#src/core/gjson/node.ts";
import { isTime, plain, type Value } from "../value.ts";
import { asPrinted, fixed, type Functions, isSame, open } from "./signature.ts";

/** The number in a value; undefined for what is none. A text that is written as one counts where the other side is a number. */
function numberIn(value: Value, texts: boolean): number | undefined {
  const of = plain(value);
  if (typeof of === "number" || typeof of === "bigint") return Number(of);
  return texts && typeof of === "string" && of.trim() !== "" && !Number.isNaN(Number(of)) ? Number(of) : undefined;
}

function isNumber(value: Value): boolean {
  return numberIn(value, false) !== undefined;
}

function isEqual(one: Value, other: Value): boolean {
  const [a, b] = [plain(one), plain(other)];
  if (typeof a === "bigint" && typeof b === "bigint") return a === b;
  if (isNumber(a) !== isNumber(b) || (isNumber(a) && isNumber(b))) {
    const [first, second] = [numberIn(a, true), numberIn(b, true)];
    return first !== undefined && first === second;
  }
  if (one instanceof JsonNode && other instanceof JsonNode && one.raw === other.raw) return true;
  return isSame(a, b);
}

/** Below 0 when `one` comes first. Numbers by size, moments by time, everything else as text. */
function order(one: Value, other: Value): number {
  const [a, b] = [plain(one), plain(other)];
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : Number(a > b);
  const [first, second] = [numberIn(a, false), numberIn(b, false)];
  if (first !== undefined && second !== undefined) return first - second;
  if (isTime(a) && isTime(b)) return a.at - b.at;
  const [text, otherText] = [asPrinted(one), asPrinted(other)];
  return text < otherText ? -1 : Number(text > otherText);
}

/** Go's comparisons. `eq` with more values tells whether the first is one of the others. */
export const comparisons: Functions = {
  eq: open(2, ([first, ...others]) => others.some((other) => isEqual(first, other))),
  ne: fixed(2, (one, other) => !isEqual(one, other)),
  lt: fixed(2, (one, other) => order(one, other) < 0),
  le: fixed(2, (one, other) => order(one, other) <= 0),
  gt: fixed(2, (one, other) => order(one, other) > 0),
  ge: fixed(2, (one, other) => order(one, other) >= 0),
};
