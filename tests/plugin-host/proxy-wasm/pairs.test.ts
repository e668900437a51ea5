import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { latin1Bytes, latin1Of } from "#src/plugin-host/proxy-wasm/guest-memory.ts";
import { decodePairs, encodePairs } from "#src/plugin-host/proxy-wasm/pairs.ts";

/** Text of one byte a character. */
const latin1 = fc.uint8Array({ maxLength: 40 }).map((bytes) => latin1Of(bytes));
const pairs = fc.array(fc.tuple(latin1, latin1), { maxLength: 20 });

describe("header maps", () => {
  test("are written as the specification's example says", () => {
    const bytes = encodePairs([
      ["a", "1"],
      ["b", "22"],
    ]);
    expect(bytes.toHex()).toBe("0200000001000000010000000100000002000000610031006200323200");
  });

  test("are nothing when they are empty, however that is written", () => {
    expect(encodePairs([])).toHaveLength(0);
    expect(decodePairs(new Uint8Array())).toEqual([]);
    expect(decodePairs(new Uint8Array(1))).toEqual([]);
    expect(decodePairs(new Uint8Array(4))).toEqual([]);
  });

  test("come back as they were, but for the case of names", () => {
    fc.assert(
      fc.property(pairs, (given) => {
        expect(decodePairs(encodePairs(given))).toEqual(given.map(([name, value]) => [name.toLowerCase(), value]));
      }),
    );
  });

  test("that are cut off are none", () => {
    fc.assert(
      fc.property(pairs, fc.nat(), (given, cut) => {
        const bytes = encodePairs(given);
        fc.pre(bytes.length > 4);
        const short = bytes.subarray(0, 4 + (cut % (bytes.length - 4)));
        expect(decodePairs(short)).toBeUndefined();
      }),
    );
  });

  test("of any bytes are read or refused, never read beyond", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const read = decodePairs(bytes);
        const size = read?.reduce((sum, [name, value]) => sum + name.length + value.length, 0) ?? 0;
        expect(size).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  test("keep every byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => expect(latin1Bytes(latin1Of(bytes))).toEqual(bytes)),
    );
  });
});
