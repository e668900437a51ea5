import type { GuestMemory } from "./guest-memory.ts";

/**
 * Types of the component model that Sluice's world uses, each with its place in a guest's memory and on its stack
 * (https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md). Values are those that jco's glue has: enums are
 * words, variants and results `{ tag, val }`, options a value or undefined, tuples arrays, `list<u8>` a Uint8Array.
 */
export interface ValueType {
  /** As WIT writes it. */
  readonly wit: string;
  readonly size: number;
  readonly align: number;
  /** Its values on the stack. */
  readonly flat: readonly FlatType[];
  load(memory: GuestMemory, at: number): unknown;
  store(memory: GuestMemory, at: number, value: unknown): void;
  /** From the stack; `at` is where the first of them is. */
  lift(memory: GuestMemory, flat: readonly Flat[], at: number): unknown;
  /** To the stack: adds as many as `flat` has. */
  lower(memory: GuestMemory, value: unknown, flat: Flat[]): void;
}

/** What stands on the stack. */
export type FlatType = "i32" | "i64" | "f64";
/** A value of the stack. */
export type Flat = number | bigint;

/** A type that has a name of its own, and how it is declared. */
export interface NamedType extends ValueType {
  readonly declaration: string;
}

function aligned(at: number, align: number): number {
  return Math.ceil(at / align) * align;
}

interface Scalar {
  readonly size: number;
  readonly flat: FlatType;
  readonly load: (view: DataView, at: number) => number | bigint;
  readonly store: (view: DataView, at: number, value: never) => void;
  /** What a guest left on the stack, cut to the type. */
  readonly lift: (value: Flat) => unknown;
  readonly lower: (value: never) => Flat;
}

function scalar(wit: string, { size, flat, load, store, lift, lower }: Scalar): ValueType {
  return {
    wit,
    size,
    align: size,
    flat: [flat],
    load: (memory, at) => lift(load(memory.view(at, size), at)),
    store: (memory, at, value) => store(memory.view(at, size), at, lower(value as never) as never),
    lift: (_, stack, at) => lift(stack[at] ?? 0),
    lower: (_, value, stack) => void stack.push(lower(value as never)),
  };
}

/** `bool`. */
export const bool: ValueType = scalar("bool", {
  size: 1,
  flat: "i32",
  load: (view, at) => view.getUint8(at),
  store: (view, at, value) => view.setUint8(at, value),
  lift: (value) => value !== 0,
  lower: (value) => (value ? 1 : 0),
});

/** `u16`. */
export const u16: ValueType = scalar("u16", {
  size: 2,
  flat: "i32",
  load: (view, at) => view.getUint16(at, true),
  store: (view, at, value) => view.setUint16(at, value, true),
  lift: (value) => Number(value) & 0xff_ff,
  lower: (value) => value,
});

/** `u32`. */
export const u32: ValueType = scalar("u32", {
  size: 4,
  flat: "i32",
  load: (view, at) => view.getUint32(at, true),
  store: (view, at, value) => view.setUint32(at, value, true),
  lift: (value) => Number(value) >>> 0,
  lower: (value) => value,
});

/** `s64`. */
export const s64: ValueType = scalar("s64", {
  size: 8,
  flat: "i64",
  load: (view, at) => view.getBigInt64(at, true),
  store: (view, at, value) => view.setBigInt64(at, value, true),
  lift: (value) => BigInt.asIntN(64, BigInt(value)),
  lower: (value) => value,
});

/** `u64`. */
export const u64: ValueType = scalar("u64", {
  size: 8,
  flat: "i64",
  load: (view, at) => view.getBigUint64(at, true),
  store: (view, at, value) => view.setBigUint64(at, value, true),
  lift: (value) => BigInt.asUintN(64, BigInt(value)),
  lower: (value) => value,
});

/** `f64`. */
export const f64: ValueType = scalar("f64", {
  size: 8,
  flat: "f64",
  load: (view, at) => view.getFloat64(at, true),
  store: (view, at, value) => view.setFloat64(at, value, true),
  lift: Number,
  lower: (value) => value,
});

/** A pointer and a length, whatever they are of. */
function sequence(
  wit: string,
  read: (memory: GuestMemory, at: number, length: number) => unknown,
  write: (memory: GuestMemory, value: unknown) => { readonly at: number; readonly length: number },
): ValueType {
  return {
    wit,
    size: 8,
    align: 4,
    flat: ["i32", "i32"],
    load(memory, at) {
      const view = memory.view(at, 8);
      return read(memory, view.getUint32(at, true), view.getUint32(at + 4, true));
    },
    store(memory, at, value) {
      const written = write(memory, value);
      // Only now: writing it may have moved the memory.
      const view = memory.view(at, 8);
      view.setUint32(at, written.at, true);
      view.setUint32(at + 4, written.length, true);
    },
    lift: (memory, flat, at) => read(memory, Number(flat[at]) >>> 0, Number(flat[at + 1]) >>> 0),
    lower(memory, value, flat) {
      const written = write(memory, value);
      flat.push(written.at, written.length);
    },
  };
}

/** `string`, in UTF-8. */
export const string: ValueType = sequence(
  "string",
  (memory, at, length) => memory.readText(at, length),
  (memory, value) => memory.writeText(String(value)),
);

/** `list<u8>`. */
export const bytes: ValueType = sequence(
  "list<u8>",
  (memory, at, length) => memory.readBytes(at, length),
  (memory, value) => memory.writeBytes(value as Uint8Array),
);

/** `list<…>`. */
export function list(item: ValueType): ValueType {
  return sequence(
    `list<${item.wit}>`,
    (memory, at, length) => {
      memory.take(at, length * item.size);
      return Array.from({ length }, (_, index) => item.load(memory, at + index * item.size));
    },
    (memory, value) => {
      const values = value as readonly unknown[];
      const at = memory.allocate(values.length * item.size, item.align);
      for (const [index, one] of values.entries()) item.store(memory, at + index * item.size, one);
      return { at, length: values.length };
    },
  );
}

interface Field {
  readonly name: string;
  readonly type: ValueType;
  readonly at: number;
}

/** Fields one behind the other, each where its alignment lets it be. */
function laidOut(types: readonly (readonly [string, ValueType])[]): { fields: Field[]; size: number; align: number } {
  const fields: Field[] = [];
  let end = 0;
  const align = Math.max(1, ...types.map(([, type]) => type.align));
  for (const [name, type] of types) {
    const at = aligned(end, type.align);
    fields.push({ name, type, at });
    end = at + type.size;
  }
  return { fields, size: aligned(end, align), align };
}

/** `tuple<…>`. */
export function tuple(...types: readonly ValueType[]): ValueType {
  const { fields, size, align } = laidOut(types.map((type, at) => [String(at), type]));
  return {
    wit: `tuple<${types.map(({ wit }) => wit).join(", ")}>`,
    size,
    align,
    flat: types.flatMap(({ flat }) => flat),
    load: (memory, at) => fields.map((field) => field.type.load(memory, at + field.at)),
    store(memory, at, value) {
      for (const [index, { type, at: offset }] of fields.entries()) {
        type.store(memory, at + offset, (value as readonly unknown[])[index]);
      }
    },
    lift(memory, flat, at) {
      let from = at;
      return fields.map(({ type }) => {
        const lifted = type.lift(memory, flat, from);
        from += type.flat.length;
        return lifted;
      });
    },
    lower(memory, value, flat) {
      for (const [index, { type }] of fields.entries()) type.lower(memory, (value as readonly unknown[])[index], flat);
    },
  };
}

/** As jco writes names: `timeout-ms` is `timeoutMs`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `record`. */
export function record(name: string, of: Readonly<Record<string, ValueType>>): NamedType {
  const names = Object.keys(of).map(camelCase);
  const whole = tuple(...Object.values(of));
  const listed = (value: unknown): unknown[] =>
    names.map((field) => (value as Readonly<Record<string, unknown>>)[field]);
  const named = (values: unknown): unknown =>
    Object.fromEntries(names.map((field, at) => [field, (values as readonly unknown[])[at]]));
  const lines = Object.entries(of).map(([field, { wit }]) => `    ${escaped(field)}: ${wit},\n`);
  return {
    wit: name,
    declaration: `  record ${name} {\n${lines.join("")}  }\n`,
    size: whole.size,
    align: whole.align,
    flat: whole.flat,
    load: (memory, at) => named(whole.load(memory, at)),
    store: (memory, at, value) => whole.store(memory, at, listed(value)),
    lift: (memory, flat, at) => named(whole.lift(memory, flat, at)),
    lower: (memory, value, flat) => whole.lower(memory, listed(value), flat),
  };
}

/** WIT's own words, which as names need a mark before them. */
const KEYWORDS = new Set(["list", "record", "string", "option", "result", "type", "func", "use", "import", "export"]);

function escaped(name: string): string {
  return KEYWORDS.has(name) ? `%${name}` : name;
}

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
