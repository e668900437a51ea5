import { describe, expect, test } from "bun:test";
import { array, assert, boolean, constantFrom, integer, nat, property, record, string, uint8Array } from "fast-check";
import { HeaderList } from "#src/core/header-list.ts";
import { BadAnswer } from "#src/core/upstream.ts";
import { type BodyFraming, framingOf } from "#src/serve/http1/body-framing.ts";

function headersOf(lines: readonly (readonly [string, string])[]): HeaderList {
  const headers = new HeaderList();
  for (const [name, value] of lines) headers.append(name, value);
  return headers;
}

const framed = (...lines: readonly (readonly [string, string])[]): BodyFraming =>
  framingOf("POST", 200, headersOf(lines));
const chunked = (): BodyFraming => framed(["transfer-encoding", "chunked"]);
const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** What a framing makes of pieces: the body, how many bytes were behind its end, and whether the end came. */
function read(framing: BodyFraming, pieces: readonly Uint8Array[]): { body: string; behind: number; ended: boolean } {
  let body = "";
  for (const [at, piece] of pieces.entries()) {
    const end = framing.push(piece, (bytes) => (body += Buffer.from(bytes).toString("latin1")));
    if (end < 0) continue;
    const later = pieces.slice(at + 1).reduce((sum, { length }) => sum + length, 0);
    return { body, behind: piece.length - end + later, ended: true };
  }
  return { body, behind: 0, ended: false };
}

const whole = (framing: BodyFraming, text: string): ReturnType<typeof read> => read(framing, [latin1(text)]);
const byByte = (framing: BodyFraming, text: string): ReturnType<typeof read> =>
  read(
    framing,
    [...latin1(text)].map((byte) => Uint8Array.of(byte)),
  );

describe("framingOf", () => {
  test.each([
    ["HEAD", 200],
    ["POST", 204],
    ["POST", 304],
  ])("%s answered with %i has no body", (method, status) => {
    const headers = headersOf([["content-length", "5"]]);
    expect(whole(framingOf(method, status, headers), "")).toEqual({ body: "", behind: 0, ended: true });
  });

  test("goes by the length", () => {
    expect(whole(framed(["content-length", "5"]), "helloHTTP")).toEqual({ body: "hello", behind: 4, ended: true });
    expect(whole(framed(["content-length", "5"]), "hell")).toEqual({ body: "hell", behind: 0, ended: false });
    expect(whole(framed(["content-length", "0"]), "")).toEqual({ body: "", behind: 0, ended: true });
    expect(framed(["content-length", "5"]).endsWithConnection).toBe(false);
  });

  test("takes the same length said twice", () => {
    expect(whole(framed(["content-length", "5"], ["content-length", "5"]), "hello").ended).toBe(true);
    expect(whole(framed(["content-length", "5,5"]), "hello").ended).toBe(true);
  });

  test.each(["-1", "+5", "5.0", "0x5", "5e1", " ", "", "five", "5 5", "5;5", "5,6", "5,", "9".repeat(16), "٥"])(
    "refuses the length '%s'",
    (length) => expect(() => framed(["content-length", length])).toThrow(BadAnswer),
  );

  test("refuses a length beside chunks, and lengths that differ", () => {
    expect(() => framed(["transfer-encoding", "chunked"], ["content-length", "5"])).toThrow(BadAnswer);
    expect(() => framed(["content-length", "5"], ["content-length", "6"])).toThrow(BadAnswer);
  });

  test.each([
    "gzip, chunked",
    "chunked, chunked",
    "chunked, identity",
    "identity",
    "xchunked",
    "chunked ",
    "\tchunked",
    "",
  ])("refuses the transfer coding %j", (coding) =>
    expect(() => framed(["transfer-encoding", coding])).toThrow(BadAnswer),
  );

  test("takes chunks in any case", () => {
    expect(whole(framed(["transfer-encoding", "Chunked"]), "0\r\n\r\n").ended).toBe(true);
  });

  test("goes on until the connection ends where nothing is said", () => {
    const framing = framed();
    expect(whole(framing, "hello")).toEqual({ body: "hello", behind: 0, ended: false });
    expect(framing.endsWithConnection).toBe(true);
  });
});

describe("chunks", () => {
  test.each([
    ["one", "5\r\nhello\r\n0\r\n\r\n", "hello"],
    ["sizes in both cases", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"],
    ["leading zeros", "005\r\nhello\r\n000\r\n\r\n", "hello"],
    ["extensions", '5;a\r\nhello\r\n5 ;a="\xe9;"\r\nworld\r\n0;z\r\n\r\n', "helloworld"],
    ["trailers", "2\r\nhi\r\n0\r\nx-a: b\r\nx-c:\r\n\r\n", "hi"],
    ["line ends and an end in their data", "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n\r\n"],
  ])("of %s are read", (_, text, body) => {
    expect(whole(chunked(), `${text}HTTP`)).toEqual({ body, behind: 4, ended: true });
    expect(byByte(chunked(), `${text}HTTP`)).toEqual({ body, behind: 4, ended: true });
  });

  test.each([
    ["no size", "\r\nhello"],
    ["an extension without a size", ";a\r\nhello"],
    ["a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"],
    ["a signed size", "-5\r\nhello"],
    ["a size with a sign", "+5\r\nhello"],
    ["a blank before its size", " 5\r\nhello"],
    ["something behind its size", "5x\r\nhello"],
    ["two sizes", "5 5\r\nhello"],
    ["a size of too many bytes", "1000000000001\r\n"],
    ["a size without an end", "0".repeat(5000)],
    ["an extension without an end", `5;${"a".repeat(5000)}`],
    ["blanks without an end", `5${" ".repeat(5000)}`],
    ["a lone LF behind its size", "5\nhello"],
    ["a lone LF behind an extension", "5;a\nhello"],
    ["a lone CR behind its size", "5\rhello"],
    ["less data than its size", "5\r\nhell\r\n0\r\n\r\n"],
    ["more data than its size", "5\r\nhello!\r\n0\r\n\r\n"],
    ["a lone LF behind its data", "5\r\nhello\n0\r\n\r\n"],
    ["a lone LF at the end", "0\r\n\n"],
    ["a lone LF behind a trailer", "0\r\nx-a: b\n\r\n"],
    ["a lone CR in a trailer", "0\r\nx-a: b\rc\r\n\r\n"],
    ["something behind the last CR", "0\r\n\rx"],
    ["trailers without an end", `0\r\n${`x-a: ${"b".repeat(1000)}\r\n`.repeat(70)}`],
    ["trailers of one letter without an end", "0\r\n".padEnd(200_000, "a\r\n")],
  ])("with %s are refused", (_, text) => {
    expect(() => whole(chunked(), text)).toThrow(BadAnswer);
    expect(() => byByte(chunked(), text)).toThrow(BadAnswer);
  });

  test("cut anywhere come to the same", () => {
    const chunk = record({
      data: uint8Array({ minLength: 1, maxLength: 40 }),
      upper: boolean(),
      zeros: nat(3),
      extension: constantFrom("", ";a", ' ;a="b"', "\t;a=b;c"),
    });
    const trailers = array(string({ unit: constantFrom(..."ab: ".split("")), minLength: 1, maxLength: 8 }), {
      maxLength: 3,
    });
    assert(
      property(array(chunk, { maxLength: 6 }), trailers, array(integer({ min: 1, max: 9 })), (chunks, ends, cuts) => {
        let text = "";
        for (const { data, upper, zeros, extension } of chunks) {
          const size = data.length.toString(16);
          text += `${"0".repeat(zeros)}${upper ? size.toUpperCase() : size}${extension}\r\n`;
          text += `${Buffer.from(data).toString("latin1")}\r\n`;
        }
        const bytes = latin1(`${text}0\r\n${ends.map((line) => `x${line}\r\n`).join("")}\r\nbehind`);
        const pieces: Uint8Array[] = [];
        let from = 0;
        for (const cut of cuts) {
          pieces.push(bytes.subarray(from, from + cut));
          from += cut;
        }
        pieces.push(bytes.subarray(from));
        const body = chunks.map(({ data }) => Buffer.from(data).toString("latin1")).join("");
        expect(read(chunked(), pieces)).toEqual({ body, behind: 6, ended: true });
      }),
    );
  });

  test("whatever comes is read or refused, the same cut at every byte", () => {
    const bytes = array(constantFrom(..."05aF;\r\n x:\xe9".split(""))).map((letters) => letters.join(""));
    const outcome = (how: typeof whole, text: string): unknown => {
      try {
        return how(chunked(), text);
      } catch (error) {
        return error instanceof BadAnswer ? "refused" : error;
      }
    };
    assert(
      property(bytes, (text) => {
        expect(outcome(byByte, text)).toEqual(outcome(whole, text));
      }),
      { numRuns: 500 },
    );
  });
});
