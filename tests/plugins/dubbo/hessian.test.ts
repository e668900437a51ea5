import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { joined } from "#plugins/dubbo/bytes.ts";
import type { JavaValue } from "#plugins/dubbo/hessian/java-value.ts";
import { HessianReader } from "#plugins/dubbo/hessian/reader.ts";
import { HessianWriter } from "#plugins/dubbo/hessian/writer.ts";

/** Bytes, and texts of one byte a character. */
const bytesOf = (parts: readonly (number | string)[]): Uint8Array =>
  joined(parts.map((one) => (typeof one === "string" ? Buffer.from(one, "latin1") : Uint8Array.of(one))));

const read = (...parts: (number | string)[]): JavaValue => new HessianReader(bytesOf(parts)).read();

/** Objects without a prototype, as the reader makes them, are equal to others here. */
const plain = (value: unknown): unknown => structuredClone(value);

const values = fc.letrec<{ value: JavaValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
    fc.uint8Array({ maxLength: 100 }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((key) => key !== "class"),
      tie("value"),
      { maxKeys: 5 },
    ),
  ),
})).value;

test("what is written is read again", () => {
  fc.assert(
    fc.property(values, (value) => {
      const { bytes } = new HessianWriter().write(value);
      expect(plain(new HessianReader(bytes).read())).toEqual(plain(value));
    }),
  );
});

test("several values are read one behind the other", () => {
  const { bytes } = new HessianWriter().write("a").array("[string", ["b", "c"]).write(1n);
  const reader = new HessianReader(bytes);
  expect([reader.read(), reader.read(), reader.read()]).toEqual(["a", ["b", "c"], 1n]);
  expect(() => reader.read()).toThrow("it is not Hessian 2");
});

test.each([0x7ffe, 0x7fff, 0x8000, 100_000])("a text and bytes of %d are written in pieces", (length) => {
  const text = "é😀".repeat(length).slice(0, length);
  const bytes = new Uint8Array(length).fill(7);
  const reader = new HessianReader(new HessianWriter().write(text).write(bytes).bytes);
  expect(reader.read() === text).toBeTrue();
  expect(reader.read()).toEqual(bytes);
});

describe("every form of the specification is read", () => {
  test.each<[string, JavaValue, (number | string)[]]>([
    ["int, one byte", -16, [0x80]],
    ["int, one byte", 47, [0xbf]],
    ["int, two bytes", -2048, [0xc0, 0x00]],
    ["int, two bytes", 2047, [0xcf, 0xff]],
    ["int, three bytes", -262144, [0xd0, 0x00, 0x00]],
    ["int, three bytes", 262143, [0xd7, 0xff, 0xff]],
    ["int", -2147483648, ["I", 0x80, 0, 0, 0]],
    ["long, one byte", -8n, [0xd8]],
    ["long, one byte", 15n, [0xef]],
    ["long, two bytes", -2048n, [0xf0, 0x00]],
    ["long, two bytes", 2047n, [0xff, 0xff]],
    ["long, three bytes", -262144n, [0x38, 0x00, 0x00]],
    ["long, three bytes", 262143n, [0x3f, 0xff, 0xff]],
    ["long of 32 bits", -1n, ["Y", 0xff, 0xff, 0xff, 0xff]],
    ["long", -2n, ["L", 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]],
    ["double 0", 0, [0x5b]],
    ["double 1", 1, [0x5c]],
    ["double of a byte", -128, [0x5d, 0x80]],
    ["double of two bytes", -32768, [0x5e, 0x80, 0x00]],
    ["double of thousandths", 12.25, [0x5f, 0x00, 0x00, 0x2f, 0xda]],
    ["double", 12.25, ["D", 0x40, 0x28, 0x80, 0, 0, 0, 0, 0]],
    ["date", 894621091000n, [0x4a, 0x00, 0x00, 0x00, 0xd0, 0x4b, 0x92, 0x84, 0xb8]],
    ["date in minutes", 894621060000n, [0x4b, 0x00, 0xe3, 0x83, 0x8f]],
    ["empty text", "", [0x00]],
    ["short text", "hello", [0x05, "hello"]],
    ["text", "a".repeat(300), [0x31, 0x2c, "a".repeat(300)]],
    ["text in chunks, the last a short one", "abcd", ["R", 0, 2, "ab", 0x02, "cd"]],
    ["a pair of halves", "😀", [0x02, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ["a pair in one", "😀", [0x02, 0xf0, 0x9f, 0x98, 0x80]],
    ["short bytes", Uint8Array.of(1, 2), [0x22, 1, 2]],
    ["bytes", new Uint8Array(256), [0x35, 0x00, ...new Uint8Array(256)]],
    ["bytes in chunks", Uint8Array.of(1, 2, 3), ["A", 0, 1, 1, "B", 0, 2, 2, 3]],
    ["list of a type", [1, 2], [0x72, 0x04, "[int", 0x91, 0x92]],
    ["list without a type", [1], [0x79, 0x91]],
    ["list of a type and length", [1], ["V", 0x04, "[int", 0x91, 0x91]],
    ["list of a type with an end", [1], ["U", 0x04, "[int", 0x91, "Z"]],
    ["list with an end", [1, []], ["W", 0x91, 0x78, "Z"]],
    ["a type by its number", [[1], [2]], [0x7a, 0x71, 0x04, "[int", 0x91, 0x71, 0x90, 0x92]],
    ["map", { 1: "fee" }, ["H", 0x91, 0x03, "fee", "Z"]],
    ["map of a type", { class: "x" }, ["M", 0x03, "a.B", 0x05, "class", 0x01, "x", "Z"]],
    ["map with the name of a class", { a: 1 }, ["H", 0x05, "class", 0x03, "a.B", 0x01, "a", 0x91, "Z"]],
    ["object", { class: "a.B", x: 1 }, ["C", 0x03, "a.B", 0x91, 0x01, "x", "O", 0x90, 0x91]],
    ["object, short", [{ class: "a.B" }, { class: "a.B" }], [0x7a, "C", 0x03, "a.B", 0x90, 0x60, 0x60]],
    ["reference", [["a"], ["a"]], [0x7a, 0x79, 0x01, "a", "Q", 0x91]],
  ])("%s %p", (_, value, bytes) => {
    expect(plain(read(...bytes))).toEqual(value);
  });
});

test("what refers to itself is itself", () => {
  const list = read(0x79, "Q", 0x90) as JavaValue[];
  expect(list[0]).toBe(list);
});

test("keys mean nothing", () => {
  const map = read("H", 0x09, "__proto__", "H", 0x01, "a", 0x91, "Z", "Z") as Record<string, JavaValue>;
  expect(Object.keys(map)).toEqual(["__proto__"]);
  expect(map["a"]).toBeUndefined();
});

test("whatever comes, it is a value or an Error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        new HessianReader(bytes).read();
      } catch (error) {
        expect((error as Error).message).toMatch(/^it is (not Hessian 2|nested too deep)$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a value that is cut anywhere is an Error", () => {
  fc.assert(
    fc.property(values, fc.nat(), (value, at) => {
      const { bytes } = new HessianWriter().write(value);
      expect(() => new HessianReader(bytes.subarray(0, at % bytes.length)).read()).toThrow("it is not Hessian 2");
    }),
  );
});

test("what holds too many values is an Error", () => {
  const length = 3_000_000;
  const bytes = new Uint8Array(length + 6).fill(0x78);
  bytes[0] = 0x58;
  bytes[1] = 0x49;
  new DataView(bytes.buffer).setInt32(2, length);
  expect(() => new HessianReader(bytes).read()).toThrow("it holds too many values");
});

test("what is nested too deep is an Error", () => {
  expect(() => new HessianReader(new Uint8Array(100_000).fill(0x79)).read()).toThrow("it is nested too deep");
});
