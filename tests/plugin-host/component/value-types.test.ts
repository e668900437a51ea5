import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GuestMemory } from "#src/plugin-host/component/guest-memory.ts";
import { record, tuple } from "#src/plugin-host/component/record-types.ts";
import {
  bool,
  bytes,
  f64,
  type Flat,
  list,
  s64,
  string,
  u16,
  u32,
  u64,
  type ValueType,
} from "#src/plugin-host/component/value-types.ts";
import { enumeration, option, result, variant } from "#src/plugin-host/component/variant-types.ts";
import { BUDGET_LIMITS, CallBudget } from "#src/plugin-host/proxy-wasm/call-budget.ts";

/** A guest's memory with an allocator that moves its end, and the memory itself whenever it grows. */
function memoryOf(pages = 1, copiedBytes: number = BUDGET_LIMITS.copiedBytes): GuestMemory {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 1000 });
  let end = 8;
  const realloc = (_: number, __: number, align: number, size: number): number => {
    const at = Math.ceil(end / align) * align;
    end = at + size;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    return at;
  };
  return new GuestMemory(memory, realloc, new CallBudget({ ...BUDGET_LIMITS, copiedBytes }));
}

/** A type and values of it. */
interface Typed {
  readonly type: ValueType;
  readonly value: fc.Arbitrary<unknown>;
}

const SCALARS: readonly Typed[] = [
  { type: bool, value: fc.boolean() },
  { type: u16, value: fc.integer({ min: 0, max: 0xff_ff }) },
  { type: u32, value: fc.nat(0xffff_ffff) },
  { type: s64, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { type: u64, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { type: f64, value: fc.double({ noNaN: true }) },
  { type: string, value: fc.string({ unit: "grapheme", maxLength: 80 }) },
  { type: bytes, value: fc.uint8Array({ maxLength: 100 }) },
  { type: enumeration("word", ["red", "green", "blue"]), value: fc.constantFrom("red", "green", "blue") },
];

/** Types of types, a few levels deep. */
const typed: fc.Arbitrary<Typed> = fc.letrec<{ any: Typed }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...SCALARS),
    tie("any").map(({ type, value }) => ({ type: list(type), value: fc.array(value, { maxLength: 4 }) })),
    tie("any")
      .filter(isNoOption)
      .map(({ type, value }) => ({ type: option(type), value: fc.option(value, { nil: undefined }) })),
    fc.tuple(tie("any"), tie("any")).map(([one, two]) => ({
      type: tuple(one.type, two.type),
      value: fc.tuple(one.value, two.value),
    })),
    fc.tuple(tie("any"), tie("any"), tie("any")).map(([one, two, three]) => ({
      type: record("made", { one: one.type, "two-words": two.type, three: three.type }),
      value: fc.record({ one: one.value, twoWords: two.value, three: three.value }),
    })),
    fc.tuple(tie("any"), tie("any")).map(([one, two]) => ({
      type: variant("made", { none: undefined, one: one.type, two: two.type }),
      value: fc.oneof(tagged("none"), tagged("one", one.value), tagged("two", two.value)),
    })),
    fc.tuple(tie("any"), tie("any")).map(([ok, err]) => ({
      type: result(ok.type, err.type),
      value: fc.oneof(tagged("ok", ok.value), tagged("err", err.value)),
    })),
  ),
})).any;

/** jco cannot tell an option of an option apart either. */
function isNoOption({ type }: Typed): boolean {
  return !type.wit.startsWith("option<");
}

function tagged(tag: string, val: fc.Arbitrary<unknown> = fc.constant(undefined)): fc.Arbitrary<unknown> {
  return val.map((given) => ({ tag, val: given }));
}

const valued = typed.chain(({ type, value }) => value.map((one) => ({ type, value: one })));

describe("values", () => {
  test("are loaded as they were stored, at any place that is aligned", () => {
    fc.assert(
      fc.property(valued, fc.nat(3), ({ type, value }, before) => {
        const memory = memoryOf();
        memory.allocate(before, 1);
        const at = memory.allocate(type.size, type.align);
        type.store(memory, at, value);
        expect(type.load(memory, at)).toEqual(value);
      }),
    );
  });

  test("are lifted from the stack as they were lowered to it, in as many places as their type has", () => {
    fc.assert(
      fc.property(valued, ({ type, value }) => {
        const memory = memoryOf();
        const stack: Flat[] = [7];
        type.lower(memory, value, stack);
        expect(stack.length - 1).toBe(type.flat.length);
        for (const [at, kind] of type.flat.entries()) {
          expect(typeof stack[at + 1]).toBe(kind === "i64" ? "bigint" : "number");
        }
        expect(type.lift(memory, stack, 1)).toEqual(value);
      }),
    );
  });

  test("of long texts and bytes move the memory, and are whole", () => {
    const memory = memoryOf();
    const type = record("both", { text: string, bytes });
    const value = { text: "ä🦦".repeat(40_000), bytes: new Uint8Array(100_000).fill(7) };
    const at = memory.allocate(type.size, type.align);
    type.store(memory, at, value);
    expect(type.load(memory, at)).toEqual(value);
  });
});

/** By hand, from the canonical ABI's rules. */
const LAYOUTS: readonly (readonly [ValueType, size: number, align: number, flat: string])[] = [
  [record("r", { a: u16, b: u64, c: bool }), 24, 8, "i32 i64 i32"],
  [tuple(bool, u16, bool), 6, 2, "i32 i32 i32"],
  [option(string), 12, 4, "i32 i32 i32"],
  [option(u64), 16, 8, "i32 i64"],
  [result(undefined, enumeration("e", ["a", "b"])), 2, 1, "i32 i32"],
  [result(option(string), string), 16, 4, "i32 i32 i32 i32"],
  [variant("v", { a: u32, b: f64, c: undefined }), 16, 8, "i32 i64"],
  [variant("v", { a: string, b: u64 }), 16, 8, "i32 i64 i32"],
  [list(tuple(string, string)), 8, 4, "i32 i32"],
];

describe("layouts", () => {
  for (const [type, size, align, flat] of LAYOUTS) {
    test(`of ${type.wit}`, () => {
      expect([type.size, type.align, type.flat.join(" ")]).toEqual([size, align, flat]);
    });
  }
});

describe("what a guest gives", () => {
  const memory = memoryOf();

  test("outside of its memory is refused", () => {
    expect(() => string.lift(memory, [65_530, 7], 0)).toThrow("outside of its memory");
    expect(() => bytes.lift(memory, [-1, 1], 0)).toThrow("outside of its memory");
    expect(() => list(u64).lift(memory, [8, 0x2000_0001], 0)).toThrow("outside of its memory");
  });

  test("as a variant that there is not is refused", () => {
    expect(() => option(u32).lift(memory, [2, 0], 0)).toThrow("does not exist");
  });

  test("as text that is no UTF-8 is refused", () => {
    const { at } = memory.writeBytes(Uint8Array.of(0x61, 0xff, 0x61));
    expect(() => string.lift(memory, [at, 3], 0)).toThrow(TypeError);
  });

  test("over and over, so that it is more than its memory, is refused", () => {
    const small = memoryOf(1, 1_000_000);
    const many = small.allocate(8 * 1000, 4);
    for (let at = 0; at < 1000; at++) {
      const view = small.view(many + at * 8, 8);
      view.setUint32(many + at * 8, 8, true);
      view.setUint32(many + at * 8 + 4, 60_000, true);
    }
    expect(() => list(bytes).lift(small, [many, 1000], 0)).toThrow("moved more than 1000000 bytes");
  });
});
