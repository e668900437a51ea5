import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, integer, property, string, tuple } from "fast-check";
import { BadAnswer } from "#src/core/upstream.ts";
import { parseHead } from "#src/serve/http1/response-head.ts";

const OK = "HTTP/1.1 200 OK";

/** Heads nobody should have to guess about. */
const BAD: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["a request", "GET / HTTP/1.1"],
  ["another version", "HTTP/2 200 OK"],
  ["another version of 1", "HTTP/1.2 200 OK"],
  ["a version in lower case", "http/1.1 200 OK"],
  ["a status of two digits", "HTTP/1.1 20 OK"],
  ["a status of four digits", "HTTP/1.1 2000 OK"],
  ["a status below 100", "HTTP/1.1 099 OK"],
  ["a signed status", "HTTP/1.1 +20 OK"],
  ["two blanks before the status", "HTTP/1.1  200 OK"],
  ["a blank before the status line", ` ${OK}`],
  ["a line without a colon", `${OK}\r\nx-a`],
  ["a header without a name", `${OK}\r\n: a`],
  ["a blank before the colon", `${OK}\r\ncontent-length : 5`],
  ["a tab before the colon", `${OK}\r\ncontent-length\t: 5`],
  ["a blank before the name", `${OK}\r\n content-length: 5`],
  ["a folded line", `${OK}\r\nx-a: b\r\n c: d`],
  ["a folded line by a tab", `${OK}\r\nx-a: b\r\n\tc`],
  ["a letter in a name that no name has", `${OK}\r\nx(a): b`],
  ["a letter beyond ASCII in a name", `${OK}\r\nx\xe9: b`],
  ["a lone LF between headers", `${OK}\r\nx-a: b\nx-b: c`],
  ["a lone LF behind the status line", `${OK}\nx-a: b`],
  ["a lone CR in a value", `${OK}\r\nx-a: b\rx-b: c`],
  ["a lone CR at the end", `${OK}\r\nx-a: b\r`],
  ["two CRs", `${OK}\r\r\nx-a: b`],
  ["a NUL in a value", `${OK}\r\nx-a: b\0c`],
  ["a NUL in the reason", "HTTP/1.1 200 O\0K"],
  ["a lone LF in the reason", "HTTP/1.1 200 O\nK"],
];

describe("parseHead", () => {
  test("reads status and headers", () => {
    const { status, headers } = parseHead(`${OK}\r\nContent-Type: a/b\r\nX-Url: http://a:1/\r\nx-a:\r\nX-A:\t b \t`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("a/b");
    expect(headers.get("x-url")).toBe("http://a:1/");
    expect(headers.get("x-a")).toBe(", b");
  });

  test("takes only blanks and tabs off a value: other bytes are somebody's letters", () => {
    expect(parseHead(`${OK}\r\nx-a:  \xa0\xc3\xa0 `).headers.get("x-a")).toBe("\xa0\xc3\xa0");
  });

  test.each(["HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 Fine, thank you", "HTTP/1.1 200 \xe9"])(
    "takes the status line %j",
    (line) => expect(parseHead(line).status).toBe(200),
  );

  test.each(BAD)("refuses %s", (_, text) => {
    expect(() => parseHead(text)).toThrow(BadAnswer);
  });

  test.each([
    [OK, true],
    [`${OK}\r\nconnection: keep-alive`, true],
    [`${OK}\r\nConnection: CLOSE`, false],
    [`${OK}\r\nconnection: keep-alive\r\nconnection: close`, false],
    [`${OK}\r\nconnection: x-a,close`, false],
    ["HTTP/1.0 200 OK", false],
    ["HTTP/1.0 200 OK\r\nconnection: Keep-Alive", true],
    ["HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked", false],
  ])("%j keeps the connection: %p", (text, keepAlive) => {
    expect(parseHead(text).keepAlive).toBe(keepAlive);
  });

  test.each([
    ["timeout=5", 5000],
    ["max=100, Timeout = 60", 60_000],
    ['timeout="5"', 5000],
    ["timeout=0", 0],
    ["max=100", undefined],
    ["timeout=soon", undefined],
    ["timeout=-1", undefined],
    ["", undefined],
  ])("keep-alive: %s is %p milliseconds", (value, keptFor) => {
    expect(parseHead(`${OK}\r\nkeep-alive: ${value}`).keptFor).toBe(keptFor);
  });

  test("a head of any headers is read back", () => {
    const name = string({ unit: constantFrom(..."abz-_09~!".split("")), minLength: 1, maxLength: 12 }).map(
      (text) => `x${text}`,
    );
    const value = array(integer({ min: 1, max: 255 })).map((codes) =>
      String.fromCharCode(...codes.filter((code) => code !== 10 && code !== 13)).replaceAll(/^[ \t]+|[ \t]+$/g, ""),
    );
    assert(
      property(array(tuple(name, value), { maxLength: 8 }), integer({ min: 100, max: 999 }), (lines, status) => {
        const text = lines.map(([key, of]) => `\r\n${key}: ${of}`).join("");
        const head = parseHead(`HTTP/1.1 ${status} x${text}`);
        const read: [string, string][] = [];
        head.headers.forEach((of, key) => read.push([key, of]));
        expect(head.status).toBe(status);
        expect(read).toEqual(lines);
      }),
    );
  });

  test("a long run of blanks takes no longer than its length", () => {
    const blanks = " ".repeat(60_000);
    expect(parseHead(`${OK}\r\nx-a: b${blanks}c${blanks}`).headers.get("x-a")).toBe(`b${blanks}c`);
  });
});
