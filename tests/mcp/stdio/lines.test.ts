import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, integer, property, string } from "fast-check";
import { LineDecoder, LineTooLong } from "#mcp/stdio/lines.ts";

const encoder = new TextEncoder();

/** What a decoder makes of bytes that come in pieces of these sizes, over and over. */
function decoded(text: string, sizes: readonly number[], decoder: LineDecoder): string[] {
  const bytes = encoder.encode(text);
  const lines: string[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    lines.push(...decoder.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...lines, ...decoder.end()];
}

describe("lines", () => {
  test("are the same wherever the bytes are cut", () => {
    const line = string({ unit: "binary" }).map((text) => text.replace(/[\r\n]/g, ""));
    const text = array(line).chain((lines) =>
      constantFrom("\n", "\r\n").map((end) => ({ lines, text: lines.map((one) => one + end).join("") })),
    );
    assert(
      property(text, array(integer({ min: 1, max: 9 }), { minLength: 1 }), ({ lines, text }, sizes) => {
        const wanted = lines.map((one) => encoder.encode(one)).map((bytes) => new TextDecoder().decode(bytes));
        expect(decoded(text, sizes, new LineDecoder(100_000, "refuse"))).toEqual(
          wanted.filter((one) => one.trim() !== ""),
        );
      }),
    );
  });

  test("are refused when too long, before their end has come", () => {
    const decoder = new LineDecoder(8, "refuse");
    expect(decoder.push(encoder.encode("12345678\n1234"))).toEqual(["12345678"]);
    expect(() => decoder.push(encoder.encode("56789"))).toThrow(LineTooLong);
  });

  test("are cut when too long, and the next one is whole", () => {
    for (const size of [1, 3, 100]) {
      expect(decoded("123456789012345\nshort\n123456789", [size], new LineDecoder(8, "cut"))).toEqual([
        "12345678…",
        "short",
        "12345678…",
      ]);
    }
  });
});
