import { describe, expect, test } from "bun:test";
import { assert, constantFrom, property, string } from "fast-check";
import { type PathRules, readPath } from "#config/kubernetes/ingress/path.ts";
import { compileRegex, compileReplacement } from "#src/core/regex.ts";
import { shop, translated } from "./translated.ts";

interface Written {
  readonly path: unknown;
  readonly rewrite: unknown;
}

function written(annotations: Record<string, string>, path: string, type: string): Written {
  const { config, findings } = translated(shop(annotations, "", path, type));
  expect(findings).toEqual([]);
  return { path: config.routes[0]?.match.path, rewrite: config.routes[0]?.http?.rewrite?.path };
}

describe("a path with a rewrite", () => {
  test.each([
    // Plain ones: whole segments are replaced.
    [{ "rewrite-target": "/v2" }, "/api", "Prefix", { path: { prefix: "/api" }, rewrite: { prefix: "/v2" } }],
    [{ "rewrite-target": "/" }, "/", "Prefix", { path: { prefix: "/" }, rewrite: { prefix: "/" } }],
    [{ "rewrite-target": "/v2" }, "/api", "Exact", { path: { exact: "/api" }, rewrite: { full: "/v2" } }],
    [{ "rewrite-path": "/v2" }, "/api/", "Prefix", { path: { prefix: "/api" }, rewrite: { prefix: "/v2" } }],
    [
      { "rewrite-path": "/v2", "rewrite-target": "/no" },
      "/api",
      "Exact",
      { path: { exact: "/api" }, rewrite: { full: "/v2" } },
    ],
    // Expressions: by need, by annotation, and of the whole path.
    [
      { "rewrite-target": "/$1" },
      "/svc/(.*)",
      "ImplementationSpecific",
      { path: { regex: "/svc/(.*).*" }, rewrite: { regex: "^/svc/(.*).*$", substitution: "/$1" } },
    ],
    [
      { "rewrite-target": "/x" },
      "/svc/.+",
      "Prefix",
      { path: { regex: "/svc/.+.*" }, rewrite: { regex: "^/svc/.+.*$", substitution: "/x" } },
    ],
    [{ "use-regex": "true" }, "/v[0-9]", "Exact", { path: { regex: "/v[0-9].*" }, rewrite: undefined }],
    [
      { "use-regex": "true", "rewrite-path": "/v2" },
      "/a|/b",
      "Prefix",
      { path: { regex: "(?:/a|/b).*" }, rewrite: { full: "/v2" } },
    ],
    [
      { "full-path-regex": "true", "rewrite-target": "/$2/$1$" },
      "/(\\w+)/(\\w+)",
      "Prefix",
      { path: { regex: "/(\\w+)/(\\w+)" }, rewrite: { regex: "^/(\\w+)/(\\w+)$", substitution: "/$2/$1$$" } },
    ],
    // Without a case.
    [{ "ignore-path-case": "true" }, "/a.b", "Exact", { path: { regex: "(?i)/a\\.b" }, rewrite: undefined }],
    [{ "ignore-path-case": "true" }, "/", "Prefix", { path: { prefix: "/" }, rewrite: undefined }],
    [
      { "ignore-path-case": "true", "rewrite-path": "/v2/" },
      "/api",
      "Prefix",
      { path: { regex: "(?i)/api(?:/.*)?" }, rewrite: { regex: "(?i)^/api", substitution: "/v2" } },
    ],
    [
      { "ignore-path-case": "true", "rewrite-target": "/$1" },
      "/svc/(.*)",
      "Prefix",
      { path: { regex: "(?i)/svc/(.*).*" }, rewrite: { regex: "(?i)^/svc/(.*).*$", substitution: "/$1" } },
    ],
  ])("%j %s %s", (annotations, path, type, expected) => {
    expect(written(annotations, path, type)).toEqual(expected);
  });

  test.each([
    [{ "use-regex": "true" }, "/a(", "spec.rules[0].http.paths[0].path: is not a regular expression"],
    [{ "rewrite-path": "v2" }, "/api", "higress.io/rewrite-path: must be a path that begins with /"],
    [{ "rewrite-target": "/a?b" }, "/api", "higress.io/rewrite-target: must be a path that begins with /"],
    [{ "upstream-vhost": "$service_name" }, "/api", "higress.io/upstream-vhost: is not a host name"],
  ])("that is broken is told: %j", (annotations, path, told) => {
    expect(translated(shop(annotations, "", path)).findings[0]).toStartWith(`Ingress default/shop error ${told}`);
  });
});

const NO_CASE: PathRules = { expressions: "by-need", target: "", ignoreCase: true };

test("without a case, a prefix fits exactly what it fits in lower case", () => {
  const part = string({ unit: constantFrom("a", "B", "/", ".", "+"), maxLength: 6 });
  assert(
    property(part, part, (path, asked) => {
      const read = readPath(`/${path}`, "Prefix", NO_CASE);
      if (typeof read === "string") throw new Error(read);
      const plain = `/${path}`.toLowerCase().replace(/\/+$/, "");
      const request = `/${asked}`;
      const expected = request.toLowerCase() === plain || request.toLowerCase().startsWith(`${plain}/`);
      const found = "regex" in read.match ? compileRegex(read.match.regex, "full").test(request) : plain === "";
      expect(found).toBe(expected);
    }),
  );
});

test("groups are filled in over the whole path", () => {
  const { config } = translated(shop({ "rewrite-target": "/$2" }, "", "/something(/|$)(.*)"));
  const rewrite = config.routes[0]?.http?.rewrite?.path;
  if (rewrite === undefined || !("regex" in rewrite)) throw new Error("no expression");
  const replace = compileReplacement(compileRegex(rewrite.regex, "search"), rewrite.substitution);
  expect(["/something", "/something/", "/something/new"].map(replace)).toEqual(["/", "/", "/new"]);
});

describe("redirects", () => {
  const redirects = (annotations: Record<string, string>): unknown[] =>
    translated(shop(annotations)).config.routes.map(({ name, match, redirect }) => [
      name.slice("default/shop/".length),
      match.path,
      match.listeners,
      redirect,
    ]);

  const all = ["http", "https"];
  const API = { prefix: "/api" };

  test.each([
    [{ "temporal-redirect": "https://a.test/x?y=1" }, { url: "https://a.test/x?y=1", status: 302 }],
    [{ "permanent-redirect": "http://a.test" }, { url: "http://a.test", status: 301 }],
    [
      { "permanent-redirect": "http://a.test/b", "permanent-redirect-code": "308" },
      { url: "http://a.test/b", status: 308 },
    ],
    [
      { "permanent-redirect": "http://a.test", "temporal-redirect": "http://b.test" },
      { url: "http://b.test", status: 302 },
    ],
    [
      { "permanent-redirect": "https://a.test:8443$request_uri" },
      { scheme: "https", host: "a.test", port: 8443, status: 301 },
    ],
  ])("stand in the place of services: %j", (annotations, redirect) => {
    expect(redirects(annotations)).toEqual([["example.com/api", API, all, redirect]]);
  });

  test("to TLS are what the other listener answers", () => {
    for (const name of ["ssl-redirect", "force-ssl-redirect"]) {
      expect(redirects({ [name]: "true" })).toEqual([
        ["example.com/api", API, ["https"], undefined],
        ["example.com/api#2", API, ["http"], { scheme: "https", status: 308 }],
      ]);
    }
    expect(redirects({ "ssl-redirect": "false" })).toEqual([["example.com/api", API, all, undefined]]);
  });

  test("to TLS are nobody's where there is nothing but TLS", () => {
    const { config } = translated(shop({ "ssl-redirect": "true" }), { httpListener: "https" });
    expect(config.routes.map(({ match, redirect }) => [match.listeners, redirect])).toEqual([[["https"], undefined]]);
  });

  test("to TLS that is not there are told", () => {
    const { config, findings } = translated(shop({ "ssl-redirect": "true" }), { httpsListener: undefined });
    expect(config.routes.map(({ redirect }) => redirect)).toEqual([{ scheme: "https", status: 308 }]);
    expect(findings[0]).toContain("there is no listener with TLS here");
  });

  test("of the bare host lead to the application", () => {
    expect(redirects({ "app-root": "/app" })).toEqual([
      ["example.com/", { exact: "/" }, all, { path: { full: "/app" }, status: 302 }],
      ["example.com/api", API, all, undefined],
    ]);
  });

  test.each([
    [{ "temporal-redirect": "tcp://a.test" }, "higress.io/temporal-redirect: is not an http or https URL"],
    [{ "permanent-redirect": "https://a.test/$uri" }, "higress.io/permanent-redirect: is not an http or https URL"],
    [
      { "permanent-redirect": "https://a.test", "permanent-redirect-code": "200" },
      "higress.io/permanent-redirect-code: must be a whole number",
    ],
    [{ "app-root": "app" }, "higress.io/app-root: must be a path below /"],
    [{ "app-root": "/" }, "higress.io/app-root: must be a path below /"],
  ])("that are broken are told: %j", (annotations, told) => {
    expect(translated(shop(annotations)).findings[0]).toStartWith(`Ingress default/shop error ${told}`);
  });
});
