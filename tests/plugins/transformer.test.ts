import { describe, expect, test } from "bun:test";
import { transformer } from "#plugins/transformer.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { type Answered, type Asked, behind, type Upstream } from "./behind.ts";

const JSON_TYPE = { "content-type": "application/json" };
const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };

/** What the upstream got of a header; several lines joined. */
function header({ sent }: Answered, name: string): string | undefined {
  const lines = (sent?.headers ?? []).filter(([one]) => one === name).map(([, value]) => value);
  return lines.length === 0 ? undefined : lines.join(",");
}

function posted(body: object, more: Partial<Asked> = {}): Asked {
  return { method: "POST", url: "http://foo.bar.com/post", headers: JSON_TYPE, body: JSON.stringify(body), ...more };
}

async function bodyAfter(rules: object[], body: object, more?: Partial<Asked>): Promise<unknown> {
  const { sent } = await (await behind(transformer, { reqRules: rules }))(posted(body, more));
  return JSON.parse(sent?.body ?? "null");
}

describe("Higress' example for headers", () => {
  const reqRules = [
    { operate: "remove", headers: [{ key: "X-remove" }] },
    { operate: "rename", headers: [{ oldKey: "X-not-renamed", newKey: "X-renamed" }] },
    { operate: "replace", headers: [{ key: "X-replace", newValue: "replaced" }] },
    { operate: "add", headers: [{ key: "X-add-append", value: "host-$1", host_pattern: "^(.*)\\.com$" }] },
    {
      operate: "append",
      headers: [{ key: "X-add-append", appendValue: "path-$1", path_pattern: "^.*?\\/(\\w+)[\\?]{0,1}.*$" }],
    },
    { operate: "map", headers: [{ fromKey: "X-add-append", toKey: "X-map" }] },
    {
      operate: "dedupe",
      headers: [
        { key: "X-dedupe-first", strategy: "RETAIN_FIRST" },
        { key: "X-dedupe-last", strategy: "retain_last" },
        { key: "X-dedupe-unique", strategy: "RETAIN_UNIQUE" },
      ],
    },
  ];
  const EXPECTED = {
    "x-remove": undefined,
    "x-not-renamed": undefined,
    "x-renamed": "test",
    "x-replace": "replaced",
    "x-add-append": "host-foo.bar,path-get",
    "x-map": "host-foo.bar,path-get",
    "x-dedupe-first": "1",
    "x-dedupe-last": "c",
    "x-dedupe-unique": "1,2,3",
  };

  test.each([
    ["in lines", ["1", "2", "3"], ["a", "b", "c"], ["1", "2", "3", "3", "2", "1"]],
    ["joined by the runtime", ["1, 2, 3"], ["a, b, c"], ["1, 2, 3, 3, 2, 1"]],
  ])("with values %s", async (_, first, last, unique) => {
    const ask = await behind(transformer, { reqRules });
    const answered = await ask({
      url: "http://foo.bar.com/get",
      headers: [
        ["X-remove", "exist"],
        ["X-not-renamed", "test"],
        ["X-replace", "not-replaced"],
        ...first.map((value) => ["X-dedupe-first", value] as const),
        ...last.map((value) => ["X-dedupe-last", value] as const),
        ...unique.map((value) => ["X-dedupe-unique", value] as const),
      ],
    });
    const names = Object.keys(EXPECTED);
    expect(Object.fromEntries(names.map((name) => [name, header(answered, name)]))).toEqual(EXPECTED);
  });
});

test("Higress' example for queries", async () => {
  const ask = await behind(transformer, {
    reqRules: [
      { operate: "remove", querys: [{ key: "k1" }] },
      { operate: "rename", querys: [{ oldKey: "k2", newKey: "k2-new" }] },
      { operate: "replace", querys: [{ key: "k2-new", newValue: "v2-new" }] },
      { operate: "add", querys: [{ key: "k3", value: "v31-$1", path_pattern: "^.*?\\/(\\w+)[\\?]{0,1}.*$" }] },
      { operate: "append", querys: [{ key: "k3", appendValue: "v32" }] },
      { operate: "map", querys: [{ fromKey: "k3", toKey: "k4" }] },
      { operate: "dedupe", querys: [{ key: "k4", strategy: "RETAIN_FIRST" }] },
    ],
  });
  const { sent } = await ask({ url: "http://foo.bar.com/get?k1=v11&k1=v12&k2=v2" });
  expect(sent?.url).toBe("http://foo.bar.com/get?k2-new=v2-new&k3=v31-get&k3=v32&k4=v31-get");
});

describe("Higress' example for bodies", () => {
  const reqRules = [
    { operate: "remove", body: [{ key: "a1" }] },
    { operate: "rename", body: [{ oldKey: "a2", newKey: "a2-new" }] },
    { operate: "replace", body: [{ key: "a3", newValue: "t3-new", value_type: "string" }] },
    { operate: "add", body: [{ key: "a1-new", value: "t1-new", value_type: "string" }] },
    { operate: "append", body: [{ key: "a1-new", appendValue: "t1-$1-append", host_pattern: "^(.*)\\.com$" }] },
    { operate: "map", body: [{ fromKey: "a1-new", toKey: "a4" }] },
    { operate: "dedupe", body: [{ key: "a4", strategy: "RETAIN_FIRST" }] },
  ];

  test("as JSON", async () => {
    expect(await bodyAfter(reqRules, { a1: "t1", a2: "t2", a3: "t3" })).toEqual({
      a3: "t3-new",
      "a2-new": "t2",
      "a1-new": ["t1-new", "t1-foo.bar-append"],
      a4: "t1-new",
    });
  });

  test("as a form", async () => {
    const ask = await behind(transformer, { reqRules });
    const { sent } = await ask(posted({}, { headers: FORM_TYPE, body: "a1=t1&a2=t2&a3=t3" }));
    expect(sent?.body).toBe("a3=t3-new&a2-new=t2&a1-new=t1-new&a1-new=t1-foo.bar-append&a4=t1-new");
  });

  test("as a form in parts, whose files stay", async () => {
    const type = 'multipart/form-data; boundary="b-1"';
    const file =
      'Content-Disposition: form-data; name=file; filename="f.bin"\r\nContent-Type: application/x-own\r\n\r\n\u00ff\r\n';
    const field = (name: string, value: string): string =>
      `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
    const written = (...parts: string[]): Uint8Array =>
      Uint8Array.from(`${parts.map((part) => `--b-1\r\n${part}\r\n`).join("")}--b-1--\r\n`, (char) =>
        char.charCodeAt(0),
      );
    const ask = await behind(transformer, { reqRules });
    const body = written(field("a1", "t1"), file, field("a2", "t2"), field("a3", "t3"));
    const { sentBytes } = await ask(posted({}, { headers: { "content-type": type }, body }));
    const added = [
      field("a2-new", "t2"),
      field("a1-new", "t1-new"),
      field("a1-new", "t1-foo.bar-append"),
      field("a4", "t1-new"),
    ];
    expect(sentBytes).toEqual(new Uint8Array(written(file, field("a3", "t3-new"), ...added)));
  });

  test("as what is no form, though it says so", async () => {
    const ask = await behind(transformer, { reqRules });
    for (const [type, body] of [
      ["multipart/form-data", "--b\r\n\r\nx\r\n--b--"],
      ["multipart/form-data; boundary=b", "--b\r\n\r\nx"],
      ["multipart/form-data; boundary=b", "nothing"],
    ] as const) {
      expect((await ask(posted({}, { headers: { "content-type": type }, body }))).sent?.body).toBe(body);
    }
  });
});

describe("by the body", () => {
  const toHeader = [{ operate: "map", mapSource: "body", headers: [{ fromKey: "userId", toKey: "x-user-id" }] }];

  test.each([
    ["JSON", JSON_TYPE, '{"userId":12, "userName":"johnlanni"}'],
    ["a form", FORM_TYPE, "userId=12&userName=johnlanni"],
  ])("a header from %s leads to another route, the body is as it was", async (_, headers, body) => {
    const ask = await behind(transformer, { reqRules: toHeader });
    const answered = await ask({ method: "POST", headers, body });
    expect([header(answered, "x-user-id"), answered.sent?.body, answered.call.reroutes]).toEqual(["12", body, 1]);
  });

  test("GJSON paths", async () => {
    const friends = [
      { first: "Dale", last: "Murphy", age: 44 },
      { first: "Roger", last: "Craig", age: 68 },
    ];
    const paths = ["friends.1.first", 'friends.#(last=="Murphy").first', "friends.#", "friends.1", "friends.#.age"];
    const headers = paths.map((fromKey, at) => ({ fromKey, toKey: `x-${at}` }));
    const ask = await behind(transformer, { reqRules: [{ operate: "map", mapSource: "body", headers }] });
    const answered = await ask(posted({ friends }));
    expect(paths.map((_, at) => header(answered, `x-${at}`))).toEqual([
      "Roger",
      "Dale",
      "2",
      '{"first":"Roger","last":"Craig","age":68}',
      "[44,68]",
    ]);
  });

  test("what a header cannot hold", async () => {
    const ask = await behind(transformer, { reqRules: toHeader });
    expect(header(await ask(posted({ userId: "a\r\nx-admin: 1" })), "x-user-id")).toBe("a  x-admin: 1");
    expect(header(await ask(posted({ userId: "ü€" })), "x-user-id")).toBe("Ã¼â\u0082¬");
    expect(header(await ask(posted({ userId: "" })), "x-user-id")).toBeUndefined();
    expect(header(await ask(posted({ userId: null })), "x-user-id")).toBeUndefined();
  });

  test("without a body, with another type, with broken JSON: the other changes are made", async () => {
    const ask = await behind(transformer, {
      reqRules: [...toHeader, { operate: "add", headers: [{ key: "x-seen", value: 1 }] }],
    });
    const requests: Asked[] = [
      {},
      { method: "POST", headers: JSON_TYPE },
      { method: "POST", headers: { "content-type": "text/plain" }, body: "userId=1" },
      { method: "POST", headers: JSON_TYPE, body: '{"userId":' },
      { method: "POST", headers: JSON_TYPE, body: new Uint8Array([0x22, 0xff, 0x22]) },
    ];
    for (const asked of requests) {
      const answered = await ask(asked);
      expect([header(answered, "x-seen"), header(answered, "x-user-id")]).toEqual(["1", undefined]);
    }
  });

  test("and the other way round: headers and parameters into the body", async () => {
    const rules = [
      { operate: "map", mapSource: "headers", body: [{ fromKey: "X-Tenant", toKey: "meta.tenant" }] },
      { operate: "map", mapSource: "querys", body: [{ fromKey: "q", toKey: "q" }] },
      { operate: "map", mapSource: "querys", headers: [{ fromKey: "q", toKey: "x-q" }] },
      { operate: "map", mapSource: "headers", querys: [{ fromKey: "x-tenant", toKey: "t" }] },
    ];
    const ask = await behind(transformer, { reqRules: rules });
    const headers = { ...JSON_TYPE, "x-tenant": "acme" };
    const answered = await ask(posted({ a: 1 }, { url: "/p?q=1&q=2", headers }));
    expect(JSON.parse(answered.sent?.body ?? "")).toEqual({ a: 1, meta: { tenant: ["acme"] }, q: ["1", "2"] });
    expect(header(answered, "x-q")).toBe("1,2");
    expect(answered.sent?.url).toEndWith("/p?q=1&q=2&t=acme");
  });
});

describe("JSON bodies", () => {
  test.each([
    [
      "replace in each item",
      { operate: "replace", body: [{ key: "users.#.age", newValue: 20 }] },
      { users: [{ age: "20", n: 1 }, { n: 2 }] },
    ],
    ["remove the first item", { operate: "remove", body: [{ key: "users.0" }] }, { users: [{ n: 2 }] }],
    [
      "rename in an item",
      { operate: "rename", body: [{ oldKey: "users.0.n", newKey: "users.0.first" }] },
      { users: [{ age: 1, first: 1 }, { n: 2 }] },
    ],
    [
      "nested",
      { operate: "add", body: [{ key: "foo.bar", value: "value" }] },
      { users: [{ age: 1, n: 1 }, { n: 2 }], foo: { bar: "value" } },
    ],
    [
      "with a dot",
      { operate: "add", body: [{ key: "foo\\.bar", value: "value" }] },
      { users: [{ age: 1, n: 1 }, { n: 2 }], "foo.bar": "value" },
    ],
    [
      "append to what is no list",
      { operate: "append", body: [{ key: "users.0.n", appendValue: "5", value_type: "number" }] },
      { users: [{ age: 1, n: [1, 5] }, { n: 2 }] },
    ],
    [
      "append to nothing",
      { operate: "append", body: [{ key: "k", appendValue: "v" }] },
      { users: [{ age: 1, n: 1 }, { n: 2 }], k: "v" },
    ],
    [
      "an object",
      { operate: "add", body: [{ key: "o", value: { x: [1] }, value_type: "object" }] },
      { users: [{ age: 1, n: 1 }, { n: 2 }], o: { x: [1] } },
    ],
    [
      "a truth",
      { operate: "add", body: [{ key: "o", value: "T", value_type: "boolean" }] },
      { users: [{ age: 1, n: 1 }, { n: 2 }], o: true },
    ],
    [
      "what is there already",
      { operate: "add", body: [{ key: "users", value: "x" }] },
      { users: [{ age: 1, n: 1 }, { n: 2 }] },
    ],
  ])("%s", async (_, rule, expected) => {
    expect(await bodyAfter([rule], { users: [{ age: 1, n: 1 }, { n: 2 }] })).toEqual(expected);
  });

  test.each([
    ["RETAIN_UNIQUE", ["v1", "v2", "v3", "v3", "v2", "v1"], ["v1", "v2", "v3"]],
    ["RETAIN_UNIQUE", [1, 1], 1],
    ["RETAIN_LAST", [1, 2, { a: 3 }], { a: 3 }],
    ["RETAIN_FIRST", [], []],
    ["RETAIN_FIRST", "text", "text"],
  ])("dedupe %s of %j", async (strategy, k, expected) => {
    expect(await bodyAfter([{ operate: "dedupe", body: [{ key: "k", strategy }] }], { k })).toEqual({ k: expected });
  });

  test("numbers that JavaScript cannot hold stay what they are", async () => {
    const ask = await behind(transformer, { reqRules: [{ operate: "remove", body: [{ key: "a" }] }] });
    const { sent } = await ask(posted({}, { body: '{"big": 12345678901234567890, "a": 1}' }));
    expect(sent?.body).toBe('{"big":12345678901234567890}');
  });

  test("a change that cannot be made leaves the whole body, and the log says so once", async () => {
    const host = fakePluginHost();
    const rules = [
      { operate: "remove", body: [{ key: "b" }] },
      { operate: "add", body: [{ key: "a.x", value: "1" }] },
    ];
    const ask = await behind(transformer, { reqRules: rules }, host);
    for (let at = 0; at < 2; at++) expect((await ask(posted({ a: 1, b: 2 }))).sent?.body).toBe('{"a":1,"b":2}');
    expect(host.lines).toHaveLength(1);
  });
});

describe("order", () => {
  test("is that of the rules", async () => {
    const rules = [
      { operate: "add", headers: [{ key: "x", value: "1" }] },
      { operate: "remove", headers: [{ key: "x" }] },
      { operate: "Append", headers: [{ key: "x", appendValue: "2" }] },
    ];
    expect(header(await (await behind(transformer, { reqRules: rules }))(), "x")).toBe("2");
    expect(header(await (await behind(transformer, { reqRules: rules.toReversed() }))(), "x")).toBe("1");
  });
});

describe("patterns", () => {
  const add = (more: object): object => ({ operate: "add", headers: [{ key: "x", value: "$1!", ...more }] });
  test.each([
    ["host_pattern first", { host_pattern: "^(\\w+)\\.bar", path_pattern: "^/(.*)" }, "foo!.com"],
    ["one that does not match: the value as it is", { host_pattern: "^nope" }, "$1!"],
    ["the path with its query", { path_pattern: "^/get\\?(.*)$" }, "a=1!"],
    ["one that makes other engines hang", { path_pattern: "^(/|g|e|t|\\?|a|=|1)+x$" }, "$1!"],
  ])("%s", async (_, more, expected) => {
    const ask = await behind(transformer, { reqRules: [add(more)] });
    expect(header(await ask({ url: "http://foo.bar.com/get?a=1" }), "x")).toBe(expected);
  });
});

describe("HTTP's own headers", () => {
  test("are read and set like others", async () => {
    const ask = await behind(transformer, {
      reqRules: [
        { operate: "map", headers: [{ fromKey: ":authority", toKey: "x-host" }] },
        {
          operate: "replace",
          headers: [
            { key: ":path", newValue: "/new?x=1" },
            { key: "Host", newValue: "b.example" },
          ],
        },
        { operate: "remove", headers: [{ key: ":method" }, { key: "content-length" }] },
      ],
    });
    const answered = await ask({ url: "http://a.example:81/old", headers: { "content-length": "0" } });
    expect(header(answered, "x-host")).toBe("a.example:81");
    expect(answered.sent?.url).toBe("http://b.example/new?x=1");
    expect([answered.call.request.method, header(answered, "content-length")]).toEqual(["GET", "0"]);
  });
});

describe("rerouting", () => {
  const rename = [{ operate: "rename", headers: [{ oldKey: "a", newKey: "b" }] }];
  test.each([
    ["when headers have changed", { reqRules: rename }, { a: "1" }, 1],
    ["not when they have not", { reqRules: rename }, { c: "1" }, 0],
    ["not when it is not wanted", { reqRules: rename, reroute: false }, { a: "1" }, 0],
    ["not for bodies", { reqRules: [{ operate: "add", body: [{ key: "x", value: "1" }] }] }, {}, 0],
  ])("%s", async (_, config, headers, times) => {
    const ask = await behind(transformer, config);
    expect((await ask(posted({}, { headers: { ...JSON_TYPE, ...headers } }))).call.reroutes).toBe(times);
  });
});

describe("answers", () => {
  const answer = (body: string, headers: object = {}, status = 200): Upstream => ({
    status,
    headers: { ...JSON_TYPE, ...headers },
    body,
  });

  test("headers and body, by the request's host and path", async () => {
    const ask = await behind(transformer, {
      reqRules: [{ operate: "replace", headers: [{ key: ":path", newValue: "/rewritten" }] }],
      respRules: [
        { operate: "remove", headers: [{ key: "Server" }] },
        { operate: "add", headers: [{ key: "x-from", value: "$1", path_pattern: "^/(\\w+)" }] },
        { operate: "add", body: [{ key: "foo.bar", value: "value" }] },
        { operate: "map", mapSource: "body", headers: [{ fromKey: "id", toKey: "x-id" }] },
        { operate: "map", mapSource: "headers", body: [{ fromKey: "x-from", toKey: "from" }] },
      ],
    });
    const { headers, body } = await ask({ url: "/get?x=1" }, answer('{"id":7}', { server: "nginx" }));
    expect(headers).toEqual({ ...JSON_TYPE, "x-from": "get?x=1", "x-id": "7" });
    expect(JSON.parse(body)).toEqual({ id: 7, foo: { bar: "value" }, from: ["get?x=1"] });
  });

  test("only JSON is read; headers are changed all the same", async () => {
    const ask = await behind(transformer, {
      respRules: [
        { operate: "map", mapSource: "body", headers: [{ fromKey: "id", toKey: "x-id" }] },
        { operate: "add", headers: [{ key: "x-seen", value: "1" }] },
        { operate: "add", body: [{ key: "a", value: "1" }] },
      ],
    });
    const stream = await ask({}, { headers: { "content-type": "text/event-stream" }, body: "data: {}\n\n" });
    expect([stream.headers["x-seen"], stream.body]).toEqual(["1", "data: {}\n\n"]);
    expect((await ask({}, answer("", {}, 204))).headers["x-seen"]).toBe("1");
    expect((await ask({ method: "HEAD" }, answer(""))).headers["x-seen"]).toBe("1");
  });

  test("the status can be another, cookies stay apart", async () => {
    const ask = await behind(transformer, {
      respRules: [
        { operate: "replace", headers: [{ key: ":status", newValue: 201 }] },
        { operate: "rename", headers: [{ oldKey: "x-cookie", newKey: "set-cookie" }] },
      ],
    });
    const { call } = await ask(
      {},
      {
        headers: [
          ["set-cookie", "a=1"],
          ["x-cookie", "b=2"],
        ],
      },
    );
    const cookies: string[] = [];
    call.response?.headers.forEach((value, name) => name === "set-cookie" && cookies.push(value));
    expect([call.response?.status, ...cookies]).toEqual([201, "a=1", "b=2"]);
  });

  test("without rules for bodies none is read", async () => {
    const config = { respRules: [{ operate: "remove", headers: [{ key: "x" }] }] };
    const filter = await transformer.configure(transformer.options.parse(config), fakePluginHost());
    expect("hooks" in filter && filter.hooks).toEqual(["requestHeaders", "responseHeaders"]);
  });
});

test.each([
  [{}, "Give reqRules, respRules or both."],
  [{ reqRules: [{ operate: "drop" }] }, "reqRules.0.operate"],
  [{ reqRules: [{ operate: "remove", headers: [{}] }] }, "remove needs key."],
  [{ reqRules: [{ operate: "rename", headers: [{ oldKey: "a" }] }] }, "rename needs newKey."],
  [{ reqRules: [{ operate: "add", querys: [{ key: "", value: "x" }] }] }, "key of add must not be empty."],
  [{ reqRules: [{ operate: "add", headers: [{ key: "a b", value: "x" }] }] }, '"a b" is no header\'s name.'],
  [{ reqRules: [{ operate: "add", body: [{ key: "a", value: "x", value_type: "number" }] }] }, '"x" is no number.'],
  [{ reqRules: [{ operate: "add", body: [{ key: "a", value: "{", value_type: "object" }] }] }, '"{" is no object.'],
  [{ reqRules: [{ operate: "add", body: [{ key: "a", value: "2", value_type: "boolean" }] }] }, '"2" is no boolean.'],
  [{ reqRules: [{ operate: "add", body: [{ key: "a", value: "2", host_pattern: "(" }] }] }, '"(" is not valid'],
  [{ reqRules: [{ operate: "map", mapSource: "self", body: [] }] }, "mapSource"],
])("refuses the configuration %j", async (config, message) => {
  expect(await behind(transformer, config).catch(String)).toContain(message);
});
