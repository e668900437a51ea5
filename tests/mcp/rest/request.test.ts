import { describe, expect, test } from "bun:test";
import { anything, assert, constantFrom, property, string } from "fast-check";
import type { Json } from "#src/core/json.ts";
import { plan } from "./planned.ts";

const arg = (name: string, position?: string, more = ""): string =>
  `  - { name: ${name}${position === undefined ? "" : `, position: ${position}`}${more} }`;

describe("arguments stand where they are put", () => {
  const everywhere = [
    "args:",
    arg("petId", "path"),
    arg("token", "header"),
    arg("sessionId", "cookie"),
    arg("limit", "query", ", type: integer"),
    arg("tags", "body", ", type: array"),
    "requestTemplate: { url: 'https://api.example/pet/{petId}', method: post }",
  ].join("\n");

  test("path, header, cookie, query and body", () => {
    expect(plan(everywhere, { petId: "a/b ?", token: "t", sessionId: "s;1", limit: 10, tags: ["x", 1] })).toEqual({
      method: "POST",
      url: "https://api.example/pet/a%2Fb%20%3F?limit=10",
      headers: {
        token: "t",
        cookie: "sessionId=s%3B1",
        "content-type": "application/json; charset=utf-8",
        accept: "*/*",
      },
      body: '{"tags":["x",1]}',
    });
  });

  test("what is left out is nowhere, but a part of the path must be there", () => {
    expect(plan(everywhere, { petId: "1" })).toEqual({
      method: "POST",
      url: "https://api.example/pet/1",
      headers: { accept: "*/*" },
      body: undefined,
    });
    expect(() => plan(everywhere, {})).toThrow("'petId' is missing");
  });

  test("a part of the path without a slash before it brings its own", () => {
    const tool = ["args:", arg("id", "path"), "requestTemplate: { url: 'https://a.example/api/v1{id}/docs' }"].join(
      "\n",
    );
    expect(plan(tool, { id: "/org/pro ject" }).url).toBe("https://a.example/api/v1/org/pro%20ject/docs");
    expect(() => plan(tool, { id: "/../../admin" })).toThrow("must not be");
  });

  test("a header without a name is none", () => {
    const tool =
      "requestTemplate: { url: 'https://a.example/', headers: [{ key: '', value: x }, { key: A, value: b }] }";
    expect(plan(tool, {}).headers).toEqual({ a: "b", accept: "*/*" });
  });

  test("positions are read in any case, and a parameter replaces one of the URL", () => {
    const tool = ["args:", arg("q", "Query"), "requestTemplate: { url: 'https://a.example/s?q=old&p=1#top' }"].join(
      "\n",
    );
    expect(plan(tool, { q: "n&w" }).url).toBe("https://a.example/s?p=1&q=n%26w");
  });
});

describe("all arguments at once", () => {
  const two = ["args:", arg("a"), arg("b", undefined, ", type: object"), arg("c", "query"), arg("d", "body")].join(
    "\n",
  );

  test("argsToUrlParam", () => {
    const { url, body } = plan(`${two}\nrequestTemplate: { url: "https://a.example/", argsToUrlParam: true }`, {
      a: "x y",
      b: { k: 1 },
      c: "q",
    });
    expect(url).toBe("https://a.example/?c=q&a=x%20y&b=%7B%22k%22%3A1%7D");
    expect(body).toBeUndefined();
  });

  test("argsToJsonBody takes what has no position, and what is of the body", () => {
    const request = plan(`${two}\nrequestTemplate: { url: "https://a.example/", method: POST, argsToJsonBody: true }`, {
      a: "x",
      b: { k: 1.5 },
      c: "q",
      d: "z",
    });
    expect(JSON.parse(request.body!)).toEqual({ a: "x", b: { k: 1.5 }, d: "z" });
    expect(request.url).toBe("https://a.example/?c=q");
    expect(request.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  test("argsToFormBody", () => {
    const request = plan(`${two}\nrequestTemplate: { url: "https://a.example/", method: POST, argsToFormBody: true }`, {
      a: "x y&",
      b: { k: 1 },
      d: "é",
    });
    expect(request.body).toBe("a=x+y%26&b=%7B%22k%22%3A1%7D&d=%C3%A9");
    expect(request.headers["content-type"]).toBe("application/x-www-form-urlencoded");
  });

  test("only one of them", () => {
    expect(() =>
      plan('requestTemplate: { url: "https://a.example/", argsToJsonBody: true, argsToFormBody: true }', {}),
    ).toThrow("only one of argsToJsonBody, argsToFormBody");
  });

  test("a body of the template comes first; one of the position is a form where the header says so", () => {
    const template =
      'requestTemplate: { url: "https://a.example/", method: POST, argsToJsonBody: true, body: "a={{.args.a}}" }';
    expect(plan(`${two}\n${template}`, { a: "x" }).body).toBe("a=x");
    const form =
      'requestTemplate: { url: "https://a.example/", method: POST, headers: [{ key: Content-Type, value: application/x-www-form-urlencoded }] }';
    expect(plan(`${two}\n${form}`, { d: "x y" }).body).toBe("d=x+y");
  });
});

describe("templates", () => {
  test("of URL, headers and body see config and arguments", () => {
    const tool = [
      "args:",
      arg("q"),
      arg("filters", undefined, ", type: object"),
      "requestTemplate:",
      '  url: "{{.config.base}}/search?key={{.config.key}}"',
      "  method: POST",
      '  headers: [{ key: X-Api-Key, value: "{{.config.key}}" }, { key: X-Empty, value: "{{.args.none}}" }]',
      "  body: |",
      '    { "query": "{{.args.q}}", "filters": {{toJson .args.filters}} }',
    ].join("\n");
    const request = plan(
      tool,
      { q: 'say "hi"\n', filters: { b: 1, a: [true] } },
      { base: "https://a.example/v1", key: "k" },
    );
    expect(request.url).toBe("https://a.example/v1/search?key=k");
    expect(request.headers).toEqual({
      "x-api-key": "k",
      "content-type": "application/json; charset=utf-8",
      accept: "*/*",
    });
    expect(JSON.parse(request.body!)).toEqual({ query: 'say "hi"\n', filters: { a: [true], b: 1 } });
  });

  const url = (template: string, value: Json): string =>
    plan(`args: [{ name: v }]\nrequestTemplate: { url: ${JSON.stringify(template)} }`, { v: value }).url;

  test("an argument in a URL stays one value", () => {
    expect(url("https://a.example/w?city={{.args.v}}&x=1", "São Paulo&admin=1#f")).toBe(
      "https://a.example/w?city=S%C3%A3o%20Paulo%26admin%3D1%23f&x=1",
    );
    expect(url("https://a.example/w?city={{urlquery .args.v}}", "a b&c")).toBe("https://a.example/w?city=a+b%26c");
    expect(url("https://a.example/w?city={{.args.v}}", "a%20b")).toBe("https://a.example/w?city=a%20b");
    expect(url("https://a.example/repos/{{.args.v}}/contents", "owner/name?x#y")).toBe(
      "https://a.example/repos/owner/name%3Fx%23y/contents",
    );
    expect(url("https://a.example/w?{{.args.v}}", "a=1&b=2")).toBe("https://a.example/w?a=1&b=2");
    expect(url("{{.args.v}}", "https://b.example/x")).toBe("https://b.example/x");
    expect(url("https://{{.args.v}}.example/x", "b")).toBe("https://b.example/x");
    for (const climb of ["../x", "a/../../b", "%2e%2e/x", "..%2fx", "a\\..\\b", "."]) {
      expect(() => url("https://a.example/users/{{.args.v}}", climb)).toThrow("must not be");
    }
    for (const host of ["evil.example/", "evil.example?", "x@evil.example", "e#"]) {
      expect(() => url("https://{{.args.v}}.example/x", host)).toThrow("host");
    }
    expect(() => url("{{.args.v}}", "file:///etc/passwd")).toThrow("no http or https URL");
    expect(() => url("/relative/{{.args.v}}", "x")).toThrow("'baseUrl' says what it is a path of");
  });

  test("an argument in the path does not climb either, escaped or not", () => {
    const tool = (wire: string): string =>
      `args: [{ name: v, position: path, wire: { ${wire} } }]\nrequestTemplate: { url: "https://a.example/p/{v}" }`;
    for (const [wire, v] of [
      ["name: v", ".."],
      ["name: v", "."],
      ["style: simple", [".."]],
      ["style: label", "."],
    ] as const) {
      expect(() => plan(tool(wire), { v: typeof v === "string" ? v : [...v] })).toThrow("'v' must not be '.");
    }
    expect(plan(tool("name: v"), { v: "..x" }).url).toBe("https://a.example/p/..x");
  });

  test("whatever an argument is, the URL's other parts are those of the template", () => {
    assert(
      property(string({ unit: "binary" }), (value) => {
        const made = new URL(url("https://a.example/w?v={{.args.v}}&x=1", value));
        expect([made.host, made.pathname, made.hash, made.searchParams.get("x")]).toEqual(["a.example", "/w", "", "1"]);
        expect([...made.searchParams.keys()]).toEqual(["v", "x"]);
        const tool = `args: [{ name: v, position: path }, { name: w, position: query }]\nrequestTemplate: { url: "https://a.example/p/{v}/end" }`;
        const placed = new URL(plan(tool, { v: `x${value}`, w: value }).url);
        const [, before, middle = "", end, ...more] = placed.pathname.split("/");
        expect([before, decodeURIComponent(middle), end, ...more]).toEqual(["p", `x${value}`.toWellFormed(), "end"]);
        expect(placed.searchParams.get("w")).toBe(value.toWellFormed());
      }),
    );
  });

  test("and a JSON body stays the JSON of the template", () => {
    const tool =
      'args: [{ name: v }]\nrequestTemplate: { url: "https://a.example/", method: POST, body: \'{"a":"x\\"{{.args.v}}","b":1}\' }';
    assert(
      property(string({ unit: "binary" }), (value) => {
        expect(JSON.parse(plan(tool, { v: value }).body!)).toEqual({ a: `x"${value}`, b: 1 });
      }),
    );
  });

  test("no header gets a line of its own", () => {
    const tool = 'args: [{ name: v, position: header }]\nrequestTemplate: { url: "https://a.example/" }';
    expect(() => plan(tool, { v: "a\r\nx-evil: 1" })).toThrow("line break");
    const template =
      'args: [{ name: w }]\nrequestTemplate: { url: "https://a.example/", headers: [{ key: X-W, value: "{{.args.w}}" }] }';
    expect(() => plan(template, { w: "a\nb" })).toThrow("line break");
  });
});

test("no arguments break a plan, but for words about them", () => {
  const tool = [
    "args:",
    ...["path", "query", "header", "cookie", "body"].map((position) => arg(position, position)),
    "requestTemplate: { url: 'https://a.example/{path}?x={{.args.query}}', method: POST }",
  ].join("\n");
  assert(
    property(
      constantFrom("path", "query", "header", "cookie", "body"),
      anything({ withNullPrototype: false }),
      (name, value) => {
        const json = JSON.stringify({ path: "p", [name]: value }) ?? "{}";
        try {
          expect(URL.canParse(plan(tool, JSON.parse(json)).url)).toBe(true);
        } catch (error) {
          expect((error as Error).name).toBe("ArgumentError");
        }
      },
    ),
  );
});
