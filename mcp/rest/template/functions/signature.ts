import { JsonNode } from "#src/core/gjson/node.ts";
import { printed, shown } from "../print.ts";
import type { TemplateContext } from "../run.ts";
import { type Dict, isDict, isTime, itemsOf, plain, TemplateError, typeOf, type Value } from "../value.ts";

/** A function of templates. Its arguments are as many as it says. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  apply(args: readonly Value[], context: TemplateContext): Value;
}

export type Functions = Readonly<Record<string, TemplateFunction>>;

/** With exactly so many arguments. */
export function fixed(count: number, apply: (...args: readonly Value[]) => Value): TemplateFunction {
  return { least: count, most: count, apply: (args) => apply(...args) };
}

/** With at least so many. */
export function open(
  least: number,
  apply: (args: readonly Value[], context: TemplateContext) => Value,
): TemplateFunction {
  return { least, most: Number.POSITIVE_INFINITY, apply };
}

export function between(
  least: number,
  most: number,
  apply: (args: readonly Value[], context: TemplateContext) => Value,
): TemplateFunction {
  return { least, most, apply };
}

/** A text, whatever is given: what is not there is empty. */
export function asText(value: Value): string {
  return value === null || value === undefined ? "" : shown(value);
}

/** A whole number, as Sprig takes it: of a text its digits, of true 1, of anything else 0. */
export function asInt(value: Value): bigint {
  const of = plain(value);
  if (typeof of === "bigint") return of;
  if (typeof of === "number") return Number.isFinite(of) ? BigInt.asIntN(64, BigInt(Math.trunc(of))) : 0n;
  if (typeof of === "boolean") return of ? 1n : 0n;
  if (typeof of === "string" && /^[+-]?\d+(\.0*)?$/.test(of)) return BigInt.asIntN(64, BigInt(of.replace(/\.0*$/, "")));
  return 0n;
}

/** A place or a count. Throws a TemplateError for what is none. */
export function asCount(value: Value, name: string): number {
  const of = plain(value);
  if (typeof of === "bigint") return Number(of);
  if (typeof of === "number" && Number.isInteger(of)) return of;
  if (typeof of === "string" && /^-?\d{1,15}$/.test(of)) return Number(of);
  throw new TemplateError(`${name} needs a whole number, not a ${typeOf(value)}`);
}

export function asFloat(value: Value): number {
  const of = plain(value);
  if (typeof of === "boolean") return of ? 1 : 0;
  if (typeof of === "string") return of.trim() === "" || Number.isNaN(Number(of)) ? 0 : Number(of);
  return typeof of === "number" || typeof of === "bigint" ? Number(of) : 0;
}

/** A list's items. Throws a TemplateError for what is none. */
export function asList(value: Value, name: string): readonly Value[] {
  const items = itemsOf(value);
  if (items === undefined) throw new TemplateError(`${name} needs a list, not a ${typeOf(value)}`);
  return items;
}

/** A map. Of a document's object it is a copy. Throws a TemplateError for what is none. */
export function asDict(value: Value, name: string): Dict {
  const dict = plain(value);
  if (!isDict(dict)) throw new TemplateError(`${name} needs a map, not a ${typeOf(value)}`);
  return dict;
}

/** The texts of a list, leaving out what is not there; of a single value that one. */
export function asTexts(value: Value): readonly string[] {
  const items = itemsOf(value) ?? [value];
  return items.filter((item) => item !== null && item !== undefined).map(asText);
}

/** Whether two values are the same in kind and content. */
export function isSame(one: Value, other: Value): boolean {
  const [a, b] = [plain(one), plain(other)];
  const [list, otherList] = [itemsOf(a), itemsOf(b)];
  if (list !== undefined || otherList !== undefined) {
    return list?.length === otherList?.length && (list ?? []).every((item, at) => isSame(item, otherList?.[at]));
  }
  if (isDict(a) && isDict(b))
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key)));
  if (isTime(a) && isTime(b)) return a.at === b.at;
  return (a ?? null) === (b ?? null);
}

/** What is written for a value within a text. */
export function asPrinted(value: Value): string {
  return value instanceof JsonNode ? value.text : printed(value);
}
