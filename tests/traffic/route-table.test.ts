import { describe, expect, test } from "bun:test";
import {
  array,
  assert,
  constant,
  constantFrom,
  oneof,
  option,
  property,
  record,
  uniqueArray,
  type Arbitrary,
} from "fast-check";
import type { PathMatch, Route, RouteMatch, ValueMatch } from "#src/core/route.ts";
import { createRouteTable, isModelChoice, type RouteInput, type RouteTable } from "#src/traffic/route-table.ts";

function route(name: string, match: Partial<RouteMatch> = {}): Route {
  return {
    name,
    match: { hosts: ["*"], path: { prefix: "/" }, ...match },
    ai: match.models !== undefined,
    public: false,
    handle: () => Promise.resolve(new Response(name)),
  };
}

function request(url: string, init: { method?: string; headers?: Record<string, string> } = {}): RouteInput {
  const { hostname, pathname, search } = new URL(url);
  const { method = "GET", headers = {} } = init;
  return { host: hostname, path: pathname, search, method, headers: new Headers(headers) };
}

/** The name of the route that is found, with the model when it is asked for. */
function found(table: RouteTable, input: RouteInput, model = "none"): string | undefined {
  const answer = table.find(input);
  if (answer === undefined) return undefined;
  return isModelChoice(answer) ? answer.pick(model)?.name : answer.name;
}

test("all routes that some model could lead to, once each, the better first", () => {
  const models = (...names: string[]): Partial<RouteMatch> => ({ models: names });
  const table = createRouteTable([
    route("plain"),
    route("b", models("b-*")),
    route("post", { ...models("c"), methods: ["POST"] }),
    route("a", models("a", "a-*")),
    route("deep", { ...models("d"), path: { prefix: "/deep" } }),
    route("host", { ...models("e"), hosts: ["x.test"] }),
    route("header", { ...models("f"), headers: [{ name: "x-a", present: true }] }),
  ]);
  const all = (url: string, init?: { method?: string; headers?: Record<string, string> }): string[] => {
    const answer = table.find(request(url, init));
    return answer !== undefined && isModelChoice(answer) ? answer.all().map(({ name }) => name) : [];
  };
  expect(all("http://y.test/")).toEqual(["plain", "b", "a"]);
  expect(all("http://y.test/deep/x")).toEqual(["deep", "plain", "b", "a"]);
  expect(all("http://x.test/", { method: "POST" })).toEqual(["host", "post", "plain", "b", "a"]);
  expect(all("http://y.test/", { headers: { "x-a": "1" } })).toEqual(["header", "plain", "b", "a"]);
});

describe("precedence", () => {
  test("host: exact, longest wildcard, any", () => {
    const table = createRouteTable([
      route("any"),
      route("wild", { hosts: ["*.example.com"] }),
      route("deep", { hosts: ["*.api.example.com"] }),
      route("exact", { hosts: ["API.example.com"] }),
    ]);
    const names = ["api.example.com", "v1.api.example.com", "a.b.api.example.com", "www.example.com", "example.com"];
    expect(names.map((host) => found(table, request(`http://${host}/`)))).toEqual([
      "exact",
      "deep",
      "deep",
      "wild",
      "any",
    ]);
  });

  test("path: exact, longest prefix, expression, the prefix /", () => {
    const table = createRouteTable([
      route("root"),
      route("regex", { path: { regex: "/v\\d+/.*" } }),
      route("short", { path: { prefix: "/v1" } }),
      route("long", { path: { prefix: "/v1/chat/" } }),
      route("exact", { path: { exact: "/v1/chat" } }),
    ]);
    const paths = ["/v1/chat", "/v1/chat/", "/v1/chat/x", "/v1", "/v1/cha", "/v2/a", "/v12", "/"];
    expect(paths.map((path) => found(table, request(`http://x${path}`)))).toEqual([
      "exact",
      "long",
      "long",
      "short",
      "short",
      "regex",
      "root",
      "root",
    ]);
  });

  test("an expression must match the whole path", () => {
    const table = createRouteTable([route("regex", { path: { regex: "/a" } })]);
    expect(found(table, request("http://x/a"))).toBe("regex");
    expect(found(table, request("http://x/a/b"))).toBeUndefined();
  });

  test("method, then headers, then query, then the order", () => {
    const present = (name: string): ValueMatch => ({ name, present: true });
    const table = createRouteTable([
      route("plain"),
      route("plain again"),
      route("query", { query: [present("q")] }),
      route("header", { headers: [present("a")] }),
      route("headers", { headers: [present("a"), present("b")] }),
      route("method", { methods: ["post"] }),
    ]);
    const all = { headers: { a: "1", b: "2" } };
    expect(found(table, request("http://x/?q", { ...all, method: "POST" }))).toBe("method");
    expect(found(table, request("http://x/?q", all))).toBe("headers");
    expect(found(table, request("http://x/?q", { headers: { a: "1" } }))).toBe("header");
    expect(found(table, request("http://x/?q", { headers: { b: "1" } }))).toBe("query");
    expect(found(table, request("http://x/"))).toBe("plain");
  });

  test("what fails on its conditions falls to shorter paths, then to less specific hosts", () => {
    const table = createRouteTable([
      route("any host"),
      route("exact", { hosts: ["a.b"], path: { exact: "/x/y" }, methods: ["POST"] }),
      route("prefix", { hosts: ["a.b"], path: { prefix: "/x" }, headers: [{ name: "k", exact: "v" }] }),
    ]);
    expect(found(table, request("http://a.b/x/y", { method: "POST" }))).toBe("exact");
    expect(found(table, request("http://a.b/x/y", { headers: { k: "v" } }))).toBe("prefix");
    expect(found(table, request("http://a.b/x/y"))).toBe("any host");
  });

  test("values: exact, prefix, expression over the whole value, present", () => {
    const match = (value: ValueMatch): RouteTable => createRouteTable([route("r", { query: [value] })]);
    const fits = (value: ValueMatch, search: string): boolean =>
      match(value).find(request(`http://x/${search}`)) !== undefined;
    expect(fits({ name: "a", exact: "1 2" }, "?a=1+2")).toBeTrue();
    expect(fits({ name: "a", exact: "" }, "")).toBeFalse();
    expect(fits({ name: "a", prefix: "1" }, "?a=12")).toBeTrue();
    expect(fits({ name: "a", prefix: "" }, "")).toBeFalse();
    expect(fits({ name: "a", regex: "\\d" }, "?a=12")).toBeFalse();
    expect(fits({ name: "a", regex: "\\d+" }, "?a=12")).toBeTrue();
    expect(fits({ name: "a", present: true }, "?a")).toBeTrue();
    expect(fits({ name: "a", present: true }, "?b")).toBeFalse();
  });
});

describe("models", () => {
  const table = createRouteTable([
    route("rest", { path: { prefix: "/v1" } }),
    route("any model", { path: { prefix: "/v1" }, models: ["*"], methods: ["POST"] }),
    route("gpt", { path: { prefix: "/v1" }, models: ["gpt-*", "o3"], methods: ["POST"] }),
    route("gpt-5", { path: { prefix: "/v1" }, models: ["gpt-5*", "~^claude"], methods: ["POST"] }),
  ]);
  const post = request("http://x/v1/chat", { method: "POST" });

  test("the choice waits for the model only when a route wants it", () => {
    const answer = table.find(post);
    expect(answer !== undefined && isModelChoice(answer)).toBeTrue();
    const get = table.find(request("http://x/v1/chat"));
    expect(get !== undefined && isModelChoice(get)).toBeFalse();
  });

  test("the best pattern over all routes wins", () => {
    const picked = ["gpt-4", "gpt-5-mini", "o3", "claude", "llama"].map((model) => found(table, post, model));
    expect(picked).toEqual(["gpt", "gpt-5", "gpt", "gpt-5", "any model"]);
  });

  test("a model nobody takes falls to less specific routes without models", () => {
    const table = createRouteTable([
      route("root"),
      route("other host", { hosts: ["a.b"], path: { prefix: "/v1" }, models: ["x"] }),
    ]);
    expect(found(table, request("http://a.b/v1"), "x")).toBe("other host");
    expect(found(table, request("http://a.b/v1"), "y")).toBe("root");
    const alone = createRouteTable([route("only", { models: ["x"] })]);
    expect(found(alone, request("http://a.b/v1"), "y")).toBeUndefined();
  });
});

test("among equals the first of the list wins, whatever else has the same conditions", () => {
  const present = (name: string): ValueMatch[] => [{ name, present: true }];
  const table = createRouteTable([
    route("models", { headers: present("x"), models: ["m"] }),
    route("y", { headers: present("y") }),
    route("x", { headers: present("x") }),
  ]);
  const both = request("http://h/", { headers: { x: "1", y: "1" } });
  expect([found(table, both, "m"), found(table, both, "other")]).toEqual(["models", "y"]);
});

test("allowed methods are those of routes that match otherwise", () => {
  const table = createRouteTable([
    route("a", { path: { prefix: "/x" }, methods: ["post", "PUT"] }),
    route("b", { path: { prefix: "/x" }, methods: ["DELETE"], headers: [{ name: "k", present: true }] }),
    route("c", { path: { exact: "/y" }, methods: ["PATCH"] }),
  ]);
  expect(table.allowedMethods(request("http://h/x"))).toEqual(["POST", "PUT"]);
  expect(table.allowedMethods(request("http://h/x", { headers: { k: "" } }))).toEqual(["DELETE", "POST", "PUT"]);
  expect(table.allowedMethods(request("http://h/z"))).toEqual([]);
});

test("routes may hide their methods", () => {
  const table = createRouteTable([
    { ...route("a", { methods: ["PUT"] }), hidesMethods: true },
    route("b", { methods: ["POST"] }),
  ]);
  expect(table.allowedMethods(request("http://h/x"))).toEqual(["POST"]);
});

describe("listeners", () => {
  const table = createRouteTable([
    route("inner", { path: { exact: "/x" }, methods: ["PUT"], listeners: ["inner"] }),
    route("outer", { path: { prefix: "/x" }, methods: ["POST"], listeners: ["outer", "other"] }),
    route("any", { path: { prefix: "/y" } }),
  ]);
  const at = (url: string, listener?: string): RouteInput => ({ ...request(url, { method: "PUT" }), listener });

  test("a route for others is as if it was not there", () => {
    expect(found(table, at("http://h/x", "inner"))).toBe("inner");
    expect(found(table, at("http://h/x", "outer"))).toBeUndefined();
    expect(found(table, at("http://h/x"))).toBeUndefined();
    expect(found(table, at("http://h/y", "inner"))).toBe("any");
  });

  test("neither does it allow a method", () => {
    expect(table.allowedMethods(at("http://h/x", "inner"))).toEqual(["PUT"]);
    expect(table.allowedMethods(at("http://h/x", "other"))).toEqual(["POST"]);
    expect(table.allowedMethods(at("http://h/x"))).toEqual([]);
  });

  test("they weigh nothing: the order decides", () => {
    const both = createRouteTable([route("first"), route("second", { listeners: ["inner"] })]);
    expect(found(both, at("http://h/", "inner"))).toBe("first");
  });
});

test("parts of a request are matched as headers", () => {
  const table = createRouteTable([
    route("path", { headers: [{ name: ":path", exact: "/a?b=1" }] }),
    route("method", { headers: [{ name: ":method", exact: "PATCH" }] }),
    route("authority", { headers: [{ name: ":authority", regex: "h:80(80)?" }] }),
    route("scheme", { headers: [{ name: ":scheme", exact: "https" }] }),
  ]);
  expect(found(table, request("http://h/a?b=1"))).toBe("path");
  expect(found(table, request("http://h/a", { method: "PATCH" }))).toBe("method");
  expect(found(table, request("http://h/a", { headers: { host: "h:8080" } }))).toBe("authority");
  expect(found(table, { ...request("http://h/a"), secure: true })).toBe("scheme");
  expect(found(table, request("http://h/a"))).toBeUndefined();
});

describe("a route that is not valid is named", () => {
  test.each([
    [{ hosts: ["a*b"] }, '"a*b" is not a host'],
    [{ hosts: [""] }, "is not a host"],
    [{ path: { exact: "a" } }, '"a" is not a path'],
    [{ path: { regex: "(" } }, '"("'],
    [{ headers: [{ name: "a", regex: "(?=x)" }] }, "look-ahead"],
    [{ models: ["~["] }, '"["'],
  ] as [Partial<RouteMatch>, string][])("%j", (match, why) => {
    expect(() => createRouteTable([route("good"), route("bad", match)])).toThrow('Route "bad"');
    expect(() => createRouteTable([route("bad", match)])).toThrow(why);
  });
});

test("hostile requests find nothing and take no time to speak of", () => {
  const table = createRouteTable([route("r", { hosts: ["*.example.com"], path: { prefix: "/a/b" } })]);
  const headers = new Headers();
  const base = { method: "GET", headers, search: "" };
  expect(table.find({ ...base, host: ".".repeat(100), path: "/".repeat(100_000) })).toBeUndefined();
  expect(table.find({ ...base, host: ".example.com", path: "/a/b" })).toBeUndefined();
  expect(table.find({ ...base, host: "", path: "" })).toBeUndefined();
  expect(table.find({ ...base, host: "constructor", path: "__proto__" })).toBeUndefined();
});

// The same rules without an index: every route that matches, sorted.
function reference(routes: readonly Route[], input: RouteInput, model: string): Route | undefined {
  const matches = routes.flatMap((route, order) =>
    route.match.hosts.flatMap((host) => rank(route.match, host, input, model).map((key) => ({ route, key, order }))),
  );
  matches.sort((a, b) => compare([...a.key, -a.order], [...b.key, -b.order]));
  return matches[0]?.route;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) if (value !== b[index]) return (b[index] as number) - value;
  return 0;
}

/** The sort keys of a match, the greater the better; none when it does not match. */
function rank(match: RouteMatch, host: string, input: RouteInput, model: string): number[][] {
  const query = new URLSearchParams(input.search);
  const hostRank = rankOfHost(host, input.host);
  const path = pathRank(match.path, input.path);
  const header = (name: string): string | null =>
    name === ":path" ? input.path + input.search : name === ":method" ? input.method : input.headers.get(name);
  const rest =
    (match.listeners?.includes(input.listener ?? "") ?? true) &&
    (match.methods?.includes(input.method) ?? true) &&
    (match.headers ?? []).every((value) => valueFits(value, header(value.name))) &&
    (match.query ?? []).every((value) => valueFits(value, query.get(value.name)));
  if (hostRank < 0 || path < 0 || !rest) return [];
  const counts = [match.methods === undefined ? 0 : 1, match.headers?.length ?? 0, match.query?.length ?? 0];
  const models = match.models === undefined ? [-1] : match.models.map((pattern) => modelRank(pattern, model));
  const fitting = models.filter((value) => value !== -2);
  return fitting.length === 0 ? [] : [[hostRank, path, ...counts, Math.max(...fitting)]];
}

function rankOfHost(pattern: string, host: string): number {
  if (pattern === "*") return 0;
  if (pattern.startsWith("*.")) return host.endsWith(pattern.slice(1)) ? pattern.length : -1;
  return pattern === host ? 1000 : -1;
}

function pathRank(match: PathMatch, path: string): number {
  if ("exact" in match) return match.exact === path ? 1000 : -1;
  if ("regex" in match) return new RegExp(`^(?:${match.regex})$`).test(path) ? 1 : -1;
  const prefix = match.prefix.replace(/\/$/, "");
  if (prefix === "") return 0;
  return path === prefix || path.startsWith(`${prefix}/`) ? 1 + prefix.length : -1;
}

function valueFits(match: ValueMatch, value: string | null): boolean {
  if (value === null) return false;
  if ("exact" in match) return value === match.exact;
  if ("prefix" in match) return value.startsWith(match.prefix);
  return "regex" in match ? new RegExp(`^(?:${match.regex})$`).test(value) : true;
}

/** -2: does not fit. */
function modelRank(pattern: string, model: string): number {
  if (pattern === "*") return 0;
  if (pattern.startsWith("~")) return new RegExp(pattern.slice(1)).test(model) ? 1 : -2;
  if (pattern.endsWith("*")) return model.startsWith(pattern.slice(0, -1)) ? 1 + pattern.length : -2;
  return pattern === model ? 1000 : -2;
}

const value: Arbitrary<ValueMatch> = oneof(
  record({ name: constantFrom("a", "b"), exact: constantFrom("1", "12") }),
  record({ name: constantFrom("a", "b"), prefix: constantFrom("1", "") }),
  record({ name: constantFrom("a", "b"), regex: constantFrom("1|2", "1.") }),
  record({ name: constantFrom("a", "b"), present: constant(true as const) }),
);
const pseudo: Arbitrary<ValueMatch> = oneof(
  record({ name: constant(":path"), regex: constantFrom("/a.*", "[^?]*", ".*a=1") }),
  record({ name: constant(":method"), exact: constantFrom("GET", "POST") }),
);
const pathMatch: Arbitrary<PathMatch> = oneof(
  record({ exact: constantFrom("/", "/a", "/a/b", "/a/") }),
  record({ prefix: constantFrom("/", "/a", "/a/", "/a/b", "/a/b/c") }),
  record({ regex: constantFrom("/a.*", "/.*", "/a|/b") }),
);
const pattern = constantFrom("*", "m", "mm", "m*", "mm*", "~m", "~n$");
const match = record(
  {
    hosts: uniqueArray(constantFrom("*", "a.b", "c.a.b", "*.b", "*.a.b"), { minLength: 1, maxLength: 3 }),
    path: pathMatch,
    methods: uniqueArray(constantFrom("GET", "POST"), { minLength: 1 }),
    headers: array(oneof(value, pseudo), { maxLength: 2 }),
    query: array(value, { maxLength: 2 }),
    models: uniqueArray(pattern, { minLength: 1, maxLength: 3 }),
    listeners: uniqueArray(constantFrom("plain", "secure"), { minLength: 1 }),
  },
  { requiredKeys: ["hosts", "path"] },
);
const input: Arbitrary<RouteInput> = record({
  host: constantFrom("a.b", "c.a.b", "d.c.a.b", "b", "x"),
  path: constantFrom("/", "/a", "/a/", "/a/b", "/a/b/c", "/a/b/c/d", "/b", "/ab"),
  method: constantFrom("GET", "POST"),
  headers: option(record({ a: constantFrom("1", "2", "12") }), { nil: {} }).map((headers) => new Headers(headers)),
  search: constantFrom("", "?a=1", "?b=12&a=2", "?a=12&a=1"),
  listener: constantFrom(undefined, "plain", "secure"),
});

test("the table finds what sorting every match finds", () => {
  assert(
    property(
      array(match, { maxLength: 12 }),
      array(input, { minLength: 1, maxLength: 8 }),
      constantFrom("m", "mm", "mmm", "n", "x"),
      (matches, inputs, model) => {
        const routes = matches.map((match, index) => route(`r${index}`, match as RouteMatch));
        const table = createRouteTable(routes);
        for (const input of inputs) {
          expect(found(table, input, model)).toBe(reference(routes, input, model)?.name);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
