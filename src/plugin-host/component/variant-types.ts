import { aligned, escaped, type NamedType } from "./record-types.ts";
import type { Flat, FlatType, ValueType } from "./value-types.ts";

interface Case {
  readonly tag: string;
  readonly type: ValueType | undefined;
}

/** What variants share: a number that says which case it is, and the case's value behind it. */
function cases(of: readonly Case[], wrap: Wrap): Omit<ValueType, "wit"> {
  const align = Math.max(1, ...of.map(({ type }) => type?.align ?? 1));
  const payload = aligned(1, align);
  const size = aligned(payload + Math.max(0, ...of.map(({ type }) => type?.size ?? 0)), align);
  const flat: readonly FlatType[] = ["i32", ...joinedFlat(of)];
  return {
    size,
    align,
    flat,
    load(memory, at) {
      const { tag, type } = caseAt(of, memory.view(at, size).getUint8(at));
      return wrap.make(tag, type?.load(memory, at + payload));
    },
    store(memory, at, value) {
      const { tag, val } = wrap.read(value);
      const index = of.findIndex((one) => one.tag === tag);
      memory.view(at, size).setUint8(at, indexOf(index, tag));
      of[index]?.type?.store(memory, at + payload, val);
    },
    lift(memory, stack, at) {
      const { tag, type } = caseAt(of, Number(stack[at]));
      if (type === undefined) return wrap.make(tag, undefined);
      const own = type.flat.map((kind, index) => fromShared(stack[at + 1 + index] ?? 0, kind));
      return wrap.make(tag, type.lift(memory, own, 0));
    },
    lower(memory, value, stack) {
      const { tag, val } = wrap.read(value);
      const index = of.findIndex((one) => one.tag === tag);
      stack.push(indexOf(index, tag));
      const begun = stack.length;
      const type = of[index]?.type;
      type?.lower(memory, val, stack);
      for (const [at, kind] of (type?.flat ?? []).entries()) {
        stack[begun + at] = toShared(stack[begun + at] ?? 0, kind, flat[at + 1] ?? kind);
      }
      for (let next = stack.length - begun + 1; next < flat.length; next++) stack.push(flat[next] === "i64" ? 0n : 0);
    },
  };
}

/** The stack's places that the cases share: of different kinds, the one that both fit into. */
function joinedFlat(of: readonly Case[]): FlatType[] {
  const shared: FlatType[] = [];
  for (const { type } of of) {
    for (const [at, kind] of (type?.flat ?? []).entries()) {
      const before = shared[at];
      shared[at] = before === undefined || before === kind ? kind : "i64";
    }
  }
  return shared;
}

const bits = new DataView(new ArrayBuffer(8));

/** A value in a place of another kind: integers as they are, a float as its bits. */
function toShared(value: Flat, own: FlatType, shared: FlatType): Flat {
  if (own === shared) return value;
  if (own !== "f64") return BigInt(value);
  bits.setFloat64(0, Number(value));
  return bits.getBigUint64(0);
}

/** The other way. A place that others do not share has the kind's own values. */
function fromShared(value: Flat, own: FlatType): Flat {
  if (typeof value === "number" || own === "i64") return value;
  if (own === "i32") return Number(BigInt.asUintN(32, value));
  bits.setBigUint64(0, BigInt.asUintN(64, value));
  return bits.getFloat64(0);
}

function caseAt(of: readonly Case[], index: number): Case {
  const found = of[index];
  if (found === undefined) throw new RangeError("The guest gave a variant that does not exist.");
  return found;
}

function indexOf(index: number, tag: string): number {
  if (index < 0) throw new TypeError(`There is no case '${tag}'.`);
  return index;
}

/** How JavaScript has a variant. */
interface Wrap {
  make(tag: string, val: unknown): unknown;
  read(value: unknown): { readonly tag: string; readonly val: unknown };
}

/** A variant's value. */
export interface Tagged {
  readonly tag: string;
  readonly val?: unknown;
}

const TAGGED: Wrap = {
  make: (tag, val) => ({ tag, val }),
  read: (value) => {
    const { tag, val } = value as Tagged;
    return { tag, val };
  },
};

const OPTIONAL: Wrap = {
  make: (tag, val) => (tag === "some" ? val : undefined),
  read: (value) => ({ tag: value === undefined ? "none" : "some", val: value }),
};

const WORD: Wrap = {
  make: (tag) => tag,
  read: (value) => ({ tag: String(value), val: undefined }),
};

/** `variant`. */
export function variant(name: string, of: Readonly<Record<string, ValueType | undefined>>): NamedType {
  const lines = Object.entries(of).map(
    ([tag, type]) => `    ${escaped(tag)}${type === undefined ? "" : `(${type.wit})`},\n`,
  );
  const all = Object.entries(of).map(([tag, type]) => ({ tag, type }));
  return { wit: name, declaration: `  variant ${name} {\n${lines.join("")}  }\n`, ...cases(all, TAGGED) };
}

/** `enum`. */
export function enumeration(name: string, words: readonly string[]): NamedType {
  const all = words.map((tag) => ({ tag, type: undefined }));
  return {
    wit: name,
    declaration: `  enum ${name} { ${words.map(escaped).join(", ")} }\n`,
    ...cases(all, WORD),
  };
}

/** `option<…>`. */
export function option(type: ValueType): ValueType {
  const all = [
    { tag: "none", type: undefined },
    { tag: "some", type },
  ];
  return { wit: `option<${type.wit}>`, ...cases(all, OPTIONAL) };
}

/** `result<…, …>`. */
export function result(ok: ValueType | undefined, err: ValueType | undefined): ValueType {
  const all = [
    { tag: "ok", type: ok },
    { tag: "err", type: err },
  ];
  return { wit: `result<${ok?.wit ?? "_"}${err === undefined ? "" : `, ${err.wit}`}>`, ...cases(all, TAGGED) };
}
