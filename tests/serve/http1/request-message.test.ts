import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, oneof, property, string, tuple } from "fast-check";
import { HeaderList } from "#src/core/header-list.ts";
import type { UpstreamRequest } from "#src/core/upstream.ts";
import { addressOf, messageOf } from "#src/serve/http1/request-message.ts";

type Given = Partial<Omit<UpstreamRequest, "headers">> & { headers?: readonly (readonly [string, string])[] };

/** The bytes a request goes out as, one character a byte. */
function written(given: Given = {}): string {
  const { headers = [], url = "https://api.test/v1", ...others } = given;
  const list = new HeaderList();
  for (const [name, value] of headers) list.append(name, value);
  const request = { method: "POST", url, body: "ask", connectLimit: 0, ...others, headers: list };
  const message = messageOf(request, addressOf(url));
  const bytes = "text" in message ? Buffer.from(message.text) : Buffer.concat(message.pieces);
  if ("text" in message) expect(message.length).toBe(bytes.length);
  return bytes.toString("latin1");
}

describe("addressOf", () => {
  test.each([
    ["http://a.test", "a.test", 80, false, "a.test", "/"],
    ["https://a.test/b/c?d=e#f", "a.test", 443, true, "a.test", "/b/c?d=e"],
    ["https://a.test:443/", "a.test", 443, true, "a.test", "/"],
    ["http://a.test:8080/ä b", "a.test", 8080, false, "a.test:8080", "/%C3%A4%20b"],
    ["http://[::1]:8080/", "::1", 8080, false, "[::1]:8080", "/"],
    ["https://A.TEST/", "a.test", 443, true, "a.test", "/"],
    ["http://127.1/", "127.0.0.1", 80, false, "127.0.0.1", "/"],
  ])("%s", (url, hostname, port, secure, host, target) => {
    expect(addressOf(url)).toMatchObject({ hostname, port, secure, host, target });
  });

  test("tells schemes and ports apart, and nothing else", () => {
    const origins = ["http://a.test/b", "http://a.test:80/c?d", "https://a.test/", "http://a.test:443/"];
    expect(origins.map((url) => addressOf(url).origin)).toEqual([
      "http://a.test",
      "http://a.test",
      "https://a.test",
      "http://a.test:443",
    ]);
  });

  test.each(["http://user:secret@a.test/", "http://:secret@a.test/", "ftp://a.test/", "a.test", ""])(
    "refuses %j",
    (url) => {
      expect(() => addressOf(url)).toThrow(TypeError);
      expect(() => addressOf(url)).not.toThrow("secret");
    },
  );

  test("forgets what it was asked long ago, and knows it again", () => {
    for (let count = 0; count < 2500; count++) addressOf(`http://a.test/${count}`);
    expect(addressOf("http://a.test/0").target).toBe("/0");
  });
});

describe("messageOf", () => {
  test("writes a request", () => {
    expect(written({ headers: [["x-a", "b c"]] })).toBe(
      "POST /v1 HTTP/1.1\r\nhost: api.test\r\nx-a: b c\r\nuser-agent: sluice\r\ncontent-length: 3\r\n\r\nask",
    );
    expect(written({ headers: [["user-agent", "me"]], method: "GET", body: undefined })).toBe(
      "GET /v1 HTTP/1.1\r\nhost: api.test\r\nuser-agent: me\r\n\r\n",
    );
    expect(written({ body: undefined })).toEndWith("content-length: 0\r\n\r\n");
    expect(written({ body: Uint8Array.of(0, 255) })).toEndWith("content-length: 2\r\n\r\n\0\xff");
  });

  test("writes headers in Latin-1 and a body in UTF-8", () => {
    const text = written({ headers: [["x-a", "\xe9"]], body: "\xe9\u{1f9a6}" });
    expect(text).toContain("x-a: \xe9\r\n");
    expect(text).toEndWith("content-length: 6\r\n\r\n\xc3\xa9\xf0\x9f\xa6\xa6");
  });

  test.each(["\ud800", "a\udc00b"])("writes half a letter as a whole one, and counts it so", (body) => {
    const [head = "", ...rest] = written({ body }).split("\r\n\r\n");
    expect(Number(/content-length: (\d+)/.exec(head)?.[1])).toBe(rest.join("\r\n\r\n").length);
  });

  test.each(["host", "content-length", "transfer-encoding", "connection", "", "x a", "x:a", "x\r\na", "x\xe9", "x\0"])(
    "refuses the header name %j",
    (name) => expect(() => written({ headers: [[name, "1"]] })).toThrow(TypeError),
  );

  test.each(["", "POST /evil HTTP/1.1\r\nx:", "PO ST"])("refuses the method %j", (method) => {
    expect(() => written({ method })).toThrow(TypeError);
  });

  test("says nothing of a value it refuses", () => {
    expect(() => written({ headers: [["authorization", "Bearer secret\n"]] })).not.toThrow("secret");
    expect(() => written({ headers: [["authorization", "Bearer secret\n"]] })).toThrow("'authorization'");
  });

  test("no header can add a line", () => {
    const tricky = oneof(
      string({ unit: constantFrom("\r", "\n", "\0", "\u2028", "\u010a", "a", ":", " ") }),
      string({ unit: "binary" }),
    );
    assert(
      property(array(tuple(tricky, tricky), { maxLength: 4 }), (lines) => {
        let text: string;
        try {
          text = written({ headers: lines });
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          return;
        }
        const [head = ""] = text.split("\r\n\r\n");
        const agent = lines.some(([name]) => name === "user-agent") ? 0 : 1;
        expect(head.split("\r\n")).toHaveLength(3 + lines.length + agent);
        expect(head).not.toMatch(/[^\r]\n|\r[^\n]|\0/);
      }),
    );
  });
});
