import { describe, expect, test } from "bun:test";
import type { Written } from "#config/kubernetes/translator.ts";
import { GATEWAY, parentConditions, services, translate } from "./translated.ts";

function route(spec: string, metadata = "name: shop, namespace: infra, generation: 2"): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { ${metadata} }
spec:
  parentRefs: [{ name: main, namespace: infra }]
${spec}
---
`;
}

function routes(spec: string): readonly Written[] {
  return translate(`${GATEWAY}${services("a", "b")}${route(spec)}`).routes;
}

const OF_A = "a.infra.svc.cluster.local:8080";
const TO_A = "backendRefs: [{ name: a, port: 8080 }]";

describe("matches", () => {
  test.each([
    ["", { path: { prefix: "/" } }],
    ["path: { value: /v2 }", { path: { prefix: "/v2" } }],
    ["path: { type: Exact, value: /one }", { path: { exact: "/one" } }],
    ["path: { type: RegularExpression, value: '/v[12]/.*' }", { path: { regex: "/v[12]/.*" } }],
    ["method: DELETE", { path: { prefix: "/" }, methods: ["DELETE"] }],
    [
      "headers: [{ name: Version, value: one }, { name: version, value: two }, { name: x, type: RegularExpression, value: 'a+' }]",
      {
        path: { prefix: "/" },
        headers: [
          { name: "Version", exact: "one" },
          { name: "x", regex: "a+" },
        ],
      },
    ],
    [
      "queryParams: [{ name: animal, value: whale }, { name: Animal, value: dolphin }, { name: animal, value: ant }]",
      {
        path: { prefix: "/" },
        query: [
          { name: "animal", exact: "whale" },
          { name: "Animal", exact: "dolphin" },
        ],
      },
    ],
  ])("%s", (match, expected) => {
    const [made] = routes(`  rules: [{ matches: [{ ${match} }], ${TO_A} }]`);
    expect(made?.["match"]).toEqual({ hosts: ["*"], listeners: ["http"], ...expected });
  });

  test("are routes of their own, named by the rule's name or place", () => {
    const made = routes(`
  rules:
  - { name: read, matches: [{ path: { value: /a } }, { path: { value: /b } }], ${TO_A} }
  - { ${TO_A} }`);
    expect(made.map(({ name, origin }) => [name, origin])).toEqual([
      ["HTTPRoute/infra/shop/read/0", "HTTPRoute infra/shop"],
      ["HTTPRoute/infra/shop/read/1", "HTTPRoute infra/shop"],
      ["HTTPRoute/infra/shop/1", "HTTPRoute infra/shop"],
    ]);
  });

  test("that are not valid cost their rule alone, and the status says so", () => {
    const all = translate(
      `${GATEWAY}${services("a")}${route(`
  rules:
  - { matches: [{ path: { type: RegularExpression, value: '(' } }], ${TO_A} }
  - { matches: [{ path: { value: /fine } }], ${TO_A} }`)}`,
    );
    expect(all.routes.map(({ name }) => name)).toEqual(["HTTPRoute/infra/shop/1"]);
    expect(parentConditions(all, "HTTPRoute infra/shop")).toEqual([
      ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs", "PartiallyInvalid=True UnsupportedValue"],
    ]);
    expect(JSON.stringify([...all.status])).toContain("Dropped Rule: spec.rules[0].matches[0].path.value");
    expect(all.findings).toMatchObject([{ field: "spec.rules[0].matches[0].path.value", severity: "error" }]);
  });

  test("a route whose rules are all dropped is not accepted", () => {
    const all = translate(
      `${GATEWAY}${services("a")}${route(`  rules: [{ matches: [{ path: { type: Glob, value: /a } }], ${TO_A} }]`)}`,
    );
    expect(all.routes).toEqual([]);
    expect(parentConditions(all, "HTTPRoute infra/shop")).toEqual([
      ["Accepted=False UnsupportedValue", "ResolvedRefs=True ResolvedRefs"],
    ]);
  });
});

describe("filters", () => {
  test("change headers; of one name the first entry counts", () => {
    const [made] = routes(`
  rules:
  - filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: X-A, value: "1" }, { name: x-a, value: "2" }], add: [{ name: b, value: c }], remove: [d] }
    - { type: ResponseHeaderModifier, responseHeaderModifier: { remove: [server] } }
    ${TO_A}`);
    expect(made?.["http"]).toEqual({
      services: [{ name: OF_A, weight: 1 }],
      requestHeaders: { set: { "X-A": "1" }, add: { b: "c" }, remove: ["d"] },
      responseHeaders: { set: {}, add: {}, remove: ["server"] },
    });
  });

  test.each([
    ["hostname: x.example", { host: "x.example", status: 302 }],
    ["scheme: https", { scheme: "https", status: 302 }],
    ["port: 80", { scheme: "http", status: 302 }],
    ["port: 443", { port: 443, status: 302 }],
    ["statusCode: 301", { scheme: "http", status: 301 }],
    ["scheme: https, port: 443", { scheme: "https", status: 302 }],
    ["scheme: https, port: 8443, statusCode: 308", { scheme: "https", port: 8443, status: 308 }],
    ["path: { type: ReplaceFullPath, replaceFullPath: /new }", { path: { full: "/new" }, status: 302 }],
    ["path: { type: ReplacePrefixMatch, replacePrefixMatch: '' }", { path: { prefix: "/" }, status: 302 }],
  ])("redirect: %s", (redirect, expected) => {
    const [made] = routes(`
  rules:
  - matches: [{ path: { value: /old } }]
    filters: [{ type: RequestRedirect, requestRedirect: { ${redirect} } }]`);
    expect(made?.["redirect"]).toEqual(expected);
  });

  test("rewrite host and path", () => {
    const [made] = routes(`
  rules:
  - matches: [{ path: { value: /old } }]
    filters: [{ type: URLRewrite, urlRewrite: { hostname: in.example, path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } } }]
    ${TO_A}`);
    expect(made?.["http"]).toMatchObject({ rewrite: { host: "in.example", path: { prefix: "/new" } } });
  });

  test.each([
    ["", 100],
    ["percent: 20,", 20],
    ["percent: 0,", 0],
    ["fraction: { numerator: 1, denominator: 200 },", 0.5],
    ["fraction: { numerator: 50 },", 50],
  ])("mirror %s", (share, percent) => {
    const all = translate(
      `${GATEWAY}${services("a", "b")}${route(`
  rules:
  - filters: [{ type: RequestMirror, requestMirror: { ${share} backendRef: { name: b, port: 8080 } } }]
    ${TO_A}`)}`,
    );
    expect(all.routes[0]?.["http"]).toMatchObject({ mirror: [{ service: "b.infra.svc.cluster.local:8080", percent }] });
    expect(all.services.map(({ name }) => name)).toEqual([OF_A, "b.infra.svc.cluster.local:8080"]);
  });

  test("a mirror that leads nowhere costs no request", () => {
    const all = translate(
      `${GATEWAY}${services("a")}${route(`
  rules:
  - filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: gone, port: 8080 } } }]
    ${TO_A}`)}`,
    );
    expect(all.routes[0]?.["http"]).toEqual({ services: [{ name: OF_A, weight: 1 }] });
    expect(parentConditions(all, "HTTPRoute infra/shop")).toEqual([
      ["Accepted=True Accepted", "ResolvedRefs=False BackendNotFound"],
    ]);
  });

  test("CORS is a plugin of the route", () => {
    const [made] = routes(`
  rules:
  - filters: [{ type: CORS, cors: { allowOrigins: ["https://*.a.example"], allowCredentials: true, maxAge: 60 } }]
    ${TO_A}`);
    expect(made?.["plugins"]).toEqual([
      {
        name: "cors",
        config: {
          allow_origin_patterns: ["https://*.a.example"],
          allow_methods: ["GET", "HEAD", "POST"],
          allow_headers: [],
          expose_headers: [],
          allow_credentials: true,
          max_age: 60,
          reject_others: false,
        },
      },
    ]);
  });

  test.each([
    [
      "{ type: ExtensionRef, extensionRef: { group: g, kind: Own, name: x } }",
      "Accepted=True Accepted",
      "ResolvedRefs=False InvalidKind",
    ],
    ["{ type: ExternalAuth }", "Accepted=False UnsupportedValue", "ResolvedRefs=True ResolvedRefs"],
    [
      "{ type: URLRewrite, urlRewrite: { hostname: a } }, { type: RequestRedirect, requestRedirect: { port: 1 } }",
      "Accepted=False IncompatibleFilters",
      "ResolvedRefs=True ResolvedRefs",
    ],
  ])("that cannot be done are never left out: %s", (filter, accepted, resolved) => {
    const all = translate(`${GATEWAY}${services("a")}${route(`  rules: [{ filters: [${filter}], ${TO_A} }]`)}`);
    expect(all.routes[0]?.["response"]).toEqual({ status: 500 });
    expect(parentConditions(all, "HTTPRoute infra/shop")).toEqual([[accepted, resolved]]);
  });

  test("of backends change what they alone see", () => {
    const [made] = routes(`
  rules:
  - backendRefs:
    - name: a
      port: 8080
      filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: to, value: a }] } }]
    - { name: b, port: 8080 }`);
    expect(made?.["http"]).toEqual({
      services: [
        { name: OF_A, weight: 1, requestHeaders: { set: { to: "a" }, add: {}, remove: [] } },
        { name: "b.infra.svc.cluster.local:8080", weight: 1 },
      ],
    });
  });
});

describe("time", () => {
  test.each([
    ["timeouts: { request: 1s500ms }", { timeout: 1500 }],
    ["timeouts: { request: 0s }", {}],
    [
      "timeouts: { request: 2s, backendRequest: 500ms }",
      { timeout: 2000, retry: { attempts: 2, on: ["connect-failure", "reset"], perTryTimeout: 500 } },
    ],
    [
      "retry: { attempts: 3, codes: [500, 503] }",
      { retry: { attempts: 3, on: ["connect-failure", "reset", "timeout", 500, 503] } },
    ],
  ])("%s", (settings, expected) => {
    const [made] = routes(`  rules: [{ ${settings}, ${TO_A} }]`);
    expect(made?.["http"]).toEqual({ services: [{ name: OF_A, weight: 1 }], ...expected });
  });
});

describe("sessions", () => {
  test("by cookie are a hash of the services, under a name of their own", () => {
    const all = translate(
      `${GATEWAY}${services("a")}${route(`
  rules:
  - sessionPersistence: { sessionName: sid, absoluteTimeout: 1h, cookieConfig: { lifetimeType: Permanent } }
    ${TO_A}`)}`,
    );
    const name = `${OF_A};session=sid:3600000`;
    expect(all.routes[0]?.["http"]).toMatchObject({ services: [{ name }] });
    expect(all.services).toMatchObject([
      { name, loadBalance: "hash", hash: { cookie: "sid", ttl: 3_600_000, path: "/" }, endpoints: ["10.0.0.1:3000"] },
    ]);
  });

  test("by header are sealed", () => {
    const [made] = routes(`  rules: [{ sessionPersistence: { type: Header, sessionName: x-sid }, ${TO_A} }]`);
    expect(made?.["http"]).toMatchObject({ sticky: { header: "x-sid" } });
  });
});

test("names too long for the configuration are cut, and stay apart", () => {
  const long = "n".repeat(253);
  const all = translate(
    `${GATEWAY}${services("a")}${route(`  rules: [{ name: one, ${TO_A} }, { name: two, ${TO_A} }]`, `name: ${long}, namespace: infra`)}`,
  );
  const names = all.routes.map(({ name }) => String(name));
  expect(names.map((name) => name.length)).toEqual([200, 200]);
  expect(new Set(names).size).toBe(2);
});

test("a route for another controller's Gateway is left alone", () => {
  const other = GATEWAY.replace("higress.io/gateway-controller", "example.com/other");
  const all = translate(`${other}${services("a")}${route(`  rules: [{ ${TO_A} }]`)}`);
  expect([all.routes, all.services, [...all.status]]).toEqual([[], [], []]);
});
