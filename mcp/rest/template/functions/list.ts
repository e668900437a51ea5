import { isTrue, plain, TemplateError, type Value } from "../value.ts";
import { asCount, asList, between, fixed, type Functions, isSame, open, type TemplateFunction } from "./signature.ts";

/** Under its own name, and as `must…`, which in Sprig fails where the other one panics: here both say the same. */
export function both(name: string, definition: TemplateFunction): Functions {
  return { [name]: definition, [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`]: definition };
}

/** Sprig's functions of lists. Lists are never changed, each makes a new one. */
export const lists: Functions = {
  list: open(0, (args) => args),
  tuple: open(0, (args) => args),
  ...both(
    "first",
    fixed(1, (list) => asList(list, "first")[0]),
  ),
  ...both(
    "last",
    fixed(1, (list) => asList(list, "last").at(-1)),
  ),
  ...both(
    "rest",
    fixed(1, (list) => asList(list, "rest").slice(1)),
  ),
  ...both(
    "initial",
    fixed(1, (list) => asList(list, "initial").slice(0, -1)),
  ),
  ...both(
    "append",
    fixed(2, (list, item) => [...asList(list, "append"), item]),
  ),
  ...both(
    "push",
    fixed(2, (list, item) => [...asList(list, "push"), item]),
  ),
  ...both(
    "prepend",
    fixed(2, (list, item) => [item, ...asList(list, "prepend")]),
  ),
  concat: open(0, (args) => args.flatMap((list) => asList(list, "concat"))),
  ...both(
    "reverse",
    fixed(1, (list) => asList(list, "reverse").toReversed()),
  ),
  ...both(
    "uniq",
    fixed(1, (list) => unique(asList(list, "uniq"))),
  ),
  ...both(
    "without",
    open(1, ([list, ...omitted]) =>
      asList(list, "without").filter((item) => !omitted.some((one) => isSame(one, item))),
    ),
  ),
  ...both(
    "has",
    fixed(2, (needle, list) => (list ?? null) !== null && asList(list, "has").some((item) => isSame(needle, item))),
  ),
  ...both(
    "compact",
    fixed(1, (list) => asList(list, "compact").filter((item) => !isEmpty(item))),
  ),
  mustSlice: between(1, 3, ([list, from, to]) =>
    asList(list, "mustSlice").slice(
      from === undefined ? 0 : asCount(from, "mustSlice"),
      to === undefined ? undefined : asCount(to, "mustSlice"),
    ),
  ),
  ...both(
    "chunk",
    fixed(2, (size, list) => chunks(asCount(size, "chunk"), asList(list, "chunk"))),
  ),
  until: fixed(1, (count) => range(0, asCount(count, "until"), asCount(count, "until") < 0 ? -1 : 1)),
  untilStep: fixed(3, (start, stop, step) =>
    range(asCount(start, "untilStep"), asCount(stop, "untilStep"), asCount(step, "untilStep")),
  ),
  seq: between(0, 3, (args) => sequence(args.map((arg) => asCount(arg, "seq"))).join(" ")),
  all: open(0, (args) => args.every((arg) => !isEmpty(arg))),
  any: open(0, (args) => args.some((arg) => !isEmpty(arg))),
};

/** What Sprig calls empty: as `if` sees it. */
export function isEmpty(value: Value): boolean {
  return !isTrue(value);
}

function unique(items: readonly Value[]): readonly Value[] {
  const seen = new Set<Value>();
  const kept: Value[] = [];
  for (const item of items) {
    const key = plain(item);
    const complex = typeof key === "object" && key !== null;
    if (complex ? kept.some((one) => isSame(one, key)) : seen.has(key)) continue;
    seen.add(key);
    kept.push(item);
  }
  return kept;
}

function chunks(size: number, items: readonly Value[]): readonly Value[] {
  if (size < 1) throw new TemplateError("chunk needs a size of at least 1");
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** More numbers in a row make no sense in a text. */
const MOST = 100_000;

function range(start: number, stop: number, step: number): bigint[] {
  if (step === 0 || start < stop !== step > 0) return [];
  const count = Math.ceil((stop - start) / step);
  if (count > MOST) throw new TemplateError(`${count} numbers in a row are too many`);
  return Array.from({ length: count }, (_, at) => BigInt(start + at * step));
}

/** `seq 5`, `seq 2 5`, `seq 0 2 10`: the last number is part of it. */
function sequence(params: readonly number[]): readonly bigint[] {
  const [first, second, third] = params;
  if (first === undefined) return [];
  const start = second === undefined ? 1 : first;
  const end = third ?? second ?? first;
  const down = end < start;
  const step = third === undefined || second === undefined ? (down ? -1 : 1) : second;
  return range(start, end + (down ? -1 : 1), step);
}
