import { describe, expect, test } from "bun:test";
import type { Json } from "#src/core/json.ts";
import { plan } from "./planned.ts";

describe("OpenAPI's ways of writing", () => {
  const list = ["blue", "b c"];
  const object = { R: 100, G: "x&" };
  const cases: readonly (readonly [position: string, wire: string, value: Json, url: string])[] = [
    ["query", "{}", list, "?v=%5B%22blue%22%2C%22b%20c%22%5D"],
    ["query", "{ style: form }", list, "?v=blue&v=b%20c"],
    ["query", "{ style: form, explode: false }", list, "?v=blue,b%20c"],
    ["query", "{ style: form }", object, "?R=100&G=x%26"],
    ["query", "{ style: form, explode: false }", object, "?v=R,100,G,x%26"],
    ["query", "{ style: spaceDelimited }", list, "?v=blue%20b%20c"],
    ["query", "{ style: pipeDelimited }", list, "?v=blue%7Cb%20c"],
    ["query", "{ style: deepObject }", object, "?v%5BR%5D=100&v%5BG%5D=x%26"],
    ["query", "{ contentType: application/json }", "t", "?v=%22t%22"],
    ["query", "{ style: form, allowReserved: true }", "a/b?c&d", "?v=a/b?c%26d"],
    ["query", "{ name: other }", "x", "?other=x"],
    ["path", "{}", "a/b", "/a%2Fb"],
    ["path", "{ style: simple }", list, "/blue,b%20c"],
    ["path", "{ style: simple, explode: true }", object, "/R=100,G=x%26"],
    ["path", "{ style: label }", list, "/.blue,b%20c"],
    ["path", "{ style: label, explode: true }", list, "/.blue.b%20c"],
    ["path", "{ style: matrix }", list, "/;v=blue,b%20c"],
    ["path", "{ style: matrix, explode: true }", list, "/;v=blue;v=b%20c"],
    ["path", "{ style: matrix, explode: true }", object, "/;R=100;G=x%26"],
    ["path", "{ style: matrix }", "x", "/;v=x"],
  ];
  for (const [position, wire, value, ending] of cases) {
    test(`${position} ${wire} ${JSON.stringify(value)}`, () => {
      const url = position === "path" ? "https://a.example/{v}" : "https://a.example/";
      const tool = `args: [{ name: v, position: ${position}, wire: ${wire} }]\nrequestTemplate: { url: "${url}" }`;
      expect(plan(tool, { v: value }).url).toBe(`https://a.example${position === "query" ? "/" : ""}${ending}`);
    });
  }

  test("headers and cookies", () => {
    const tool =
      'args: [{ name: h, position: header, wire: { style: simple, explode: true } }, { name: c, position: cookie, wire: { style: form, explode: false } }]\nrequestTemplate: { url: "https://a.example/" }';
    expect(plan(tool, { h: { a: 1, b: 2 }, c: [1, 2] }).headers).toMatchObject({ h: "a=1,b=2", cookie: "c=1,2" });
  });

  test("a multipart body with a file", () => {
    const tool = [
      "args:",
      "  - { name: note, position: body, type: string }",
      "  - { name: meta, position: body, type: object }",
      "  - { name: doc, position: body, type: object, wire: { file: true } }",
      "requestTemplate: { url: 'https://a.example/', method: POST, headers: [{ key: Content-Type, value: multipart/form-data }] }",
    ].join("\n");
    const { headers, body } = plan(tool, {
      note: "n",
      meta: { a: 1 },
      doc: { base64: "aGk=", filename: 'x".txt', mediaType: "text/plain" },
    });
    const [, boundary = ""] = /^multipart\/form-data; boundary=(.+)$/.exec(headers["content-type"]!) ?? [];
    const part = (head: string, content: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
    expect(body).toBe(
      `${part('name="note"', "n") + part('name="meta"\r\nContent-Type: application/json', '{"a":1}') + part('name="doc"; filename="x%22.txt"\r\nContent-Type: text/plain', "hi")}--${boundary}--\r\n`,
    );
  });

  test("an argument that is the whole body", () => {
    const whole = (wire: string, type = "application/json"): string =>
      `args: [{ name: v, position: body, wire: ${wire} }]\nrequestTemplate: { url: "https://a.example/", method: POST, headers: [{ key: Content-Type, value: "${type}" }] }`;
    expect(plan(whole("{ whole: true }"), { v: [1, "a"] }).body).toBe('[1,"a"]');
    expect(plan(whole("{ whole: true }", "text/plain"), { v: "a\nb" }).body).toBe("a\nb");
    expect(plan(whole("{ whole: true, file: true }", "image/png"), { v: { base64: "aGk=" } }).body).toBe("hi");
    expect(() => plan(whole("{ whole: true, file: true }", "image/png"), { v: 5 })).toThrow("given as");
  });
});

describe("what OpenAPI says of bodies and parameters", () => {
  test("a list in a deep object is written by its places", () => {
    const tool = `args: [{ name: v, position: query, wire: { style: deepObject } }]\nrequestTemplate: { url: "https://a.example/" }`;
    const { searchParams } = new URL(plan(tool, { v: { items: [{ id: 1 }, { id: 2 }], x: "y" } }).url);
    expect([...searchParams]).toEqual([
      ["v[items][0][id]", "1"],
      ["v[items][1][id]", "2"],
      ["v[x]", "y"],
    ]);
    expect([...new URL(plan(tool, { v: ["a", "b"] }).url).searchParams.keys()]).toEqual(["v[0]", "v[1]"]);
  });

  test.each(["application/json", "multipart/form-data"])("no body has no type, though the tool says %s", (type) => {
    const tool = `args: [{ name: v, position: body }]\nrequestTemplate: { url: "https://a.example/", method: POST, headers: [{ key: Content-Type, value: "${type}" }] }`;
    expect(plan(tool, {}).headers).toEqual({ accept: "*/*" });
    expect(plan(tool, { v: "x" }).headers["content-type"]).toStartWith(type);
  });

  test("a file whose type nobody tells is bytes", () => {
    const tool = `args: [{ name: v, position: body, wire: { file: true } }]\nrequestTemplate: { url: "https://a.example/", method: POST, headers: [{ key: Content-Type, value: multipart/form-data }] }`;
    expect(plan(tool, { v: { text: "x" } }).body).toContain("\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n");
  });
});
