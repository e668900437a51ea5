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
