import { describe, expect, test } from "bun:test";
import { istioTranslators } from "#config/kubernetes/istio/translators.ts";
import { kindNameOf } from "#config/kubernetes/resource.ts";
import type { Piece, Written } from "#config/kubernetes/translator.ts";
import { configSchema } from "#config/model.ts";
import { pluginProblems } from "#config/plugin-checks.ts";
import { registry } from "#src/registry.ts";
import { lookupOf, resourcesOf, translatorOptions } from "../../../support/kubernetes.ts";

const BASE = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: main, namespace: shop }
spec:
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }
    - { port: { number: 8443, name: tls, protocol: TLS }, tls: { mode: PASSTHROUGH }, hosts: ["*"] }
    - { port: { number: 9000, name: tcp, protocol: TCP }, hosts: ["*"] }
---
apiVersion: v1
kind: Service
metadata: { name: one, namespace: shop }
spec: { ports: [{ name: http, port: 80 }, { name: admin, port: 81 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: one-a, namespace: shop, labels: { kubernetes.io/service-name: one } }
addressType: IPv4
ports: [{ name: http, port: 8080 }, { name: admin, port: 8081 }]
endpoints: [{ addresses: [10.0.0.1] }, { addresses: [10.0.0.2] }]
`;

/** What a VirtualService of this spec comes to; what it comes to must be good configuration. */
function pieceOf(spec: string, others = "", gateway = "main"): Piece {
  const resources = resourcesOf(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec:
  hosts: [a.test]
  gateways: [${gateway}]
  ${spec.trim().replaceAll("\n", "\n  ")}
---
${BASE}
---
${others}`);
  const lookup = lookupOf(resources);
  const pieces = resources.flatMap((resource) => {
    const translator = istioTranslators.find(({ kind }) => kind === kindNameOf(resource));
    return translator === undefined ? [] : [translator.translate(resource, lookup, translatorOptions())];
  });
  for (const { routes = [], tcpRoutes = [], services = [], listeners } of pieces) {
    const written = { routes, tcpRoutes, services, ...(listeners?.length ? { listeners } : {}) };
    configSchema([]).parse(written);
    expect(pluginProblems(written, registry.plugins)).toEqual([]);
  }
  const [piece] = pieces;
  if (piece === undefined) throw new Error("There is no piece.");
  return piece;
}

function route(rule: string, others?: string): Written {
  const { routes = [], findings } = pieceOf(`http:\n- ${rule.trim().replaceAll("\n", "\n  ")}`, others);
  expect(findings).toEqual([]);
  return routes[0] ?? {};
}

const TO_ONE = "route: [{ destination: { host: one, port: { number: 80 } } }]";
const ONE = "one.shop.svc.cluster.local:80";

describe("a rule", () => {
  test("goes to a Service, through the listeners of its Gateways", () => {
    const { routes, services, findings } = pieceOf(`http: [{ ${TO_ONE} }]`);
    expect(findings).toEqual([]);
    expect(routes).toEqual([
      {
        name: "VirtualService/shop/web/0/0",
        match: { hosts: ["a.test"], path: { prefix: "/" }, listeners: ["http"] },
        http: { services: [{ name: ONE }] },
        origin: "VirtualService shop/web",
      },
    ]);
    expect(services).toEqual([{ name: ONE, endpoints: ["10.0.0.1:8080", "10.0.0.2:8080"] }]);
  });

  test.each([
    ["uri: { exact: /a }", { path: { exact: "/a" } }],
    ["uri: { prefix: / }", { path: { prefix: "/" } }],
    ["uri: { prefix: /a.b }", { path: { regex: "/a\\.b.*" } }],
    ["uri: { regex: '/a/\\d+' }", { path: { regex: "/a/\\d+" } }],
    ["{ uri: { exact: /A }, ignoreUriCase: true }", { path: { regex: "(?i)/A" } }],
    ["method: { exact: POST }", { methods: ["POST"] }],
    ["method: { regex: GET|HEAD }", { methods: ["GET", "HEAD"] }],
    ["method: { prefix: P }", { headers: [{ name: ":method", prefix: "P" }] }],
    [
      "headers: { a: { exact: x }, b: { prefix: y }, c: { regex: z }, d: {} }",
      {
        headers: [
          { name: "a", exact: "x" },
          { name: "b", prefix: "y" },
          { name: "c", regex: "z" },
          { name: "d", present: true },
        ],
      },
    ],
    [
      "{ scheme: { exact: https }, authority: { prefix: a. } }",
      {
        headers: [
          { name: ":scheme", exact: "https" },
          { name: ":authority", prefix: "a." },
        ],
      },
    ],
    ["queryParams: { q: { exact: '1' } }", { query: [{ name: "q", exact: "1" }] }],
  ])("matches by %s", (written, wanted) => {
    const inner = written.startsWith("{") ? written : `{ ${written} }`;
    const { match } = route(`match: [${inner}]\n${TO_ONE}`);
    expect(match).toMatchObject(wanted);
  });

  test("may be for a port, or a Gateway, alone", () => {
    const { routes } = pieceOf(`
http:
- { match: [{ port: 80 }], ${TO_ONE} }
- { match: [{ port: 8080 }], ${TO_ONE} }
- { match: [{ gateways: [other] }], ${TO_ONE} }`);
    expect(routes).toHaveLength(1);
  });

  test.each([
    ["rewrite: { uri: /x }", "{ exact: /a }", { path: { full: "/x" } }],
    ["rewrite: { uri: /x$y }", "{ prefix: /a }", { path: { regex: "^/a", substitution: "/x$$y" } }],
    [
      "rewrite: { authority: b.test, uriRegexRewrite: { match: '^/a/(\\d+)$', rewrite: '/\\1/b' } }",
      "{ prefix: / }",
      { host: "b.test", path: { regex: "^/a/(\\d+)$", substitution: "/${1}/b" } },
    ],
  ])("rewrites by %s", (written, uri, rewrite) => {
    expect(route(`match: [{ uri: ${uri} }]\n${written}\n${TO_ONE}`)["http"]).toMatchObject({ rewrite });
  });

  test("has shares, headers, deadlines, retries, mirrors and cors", () => {
    const made = route(`
route:
- { destination: { host: one, port: { number: 80 } }, weight: 75, headers: { request: { set: { a: b } } } }
- { destination: { host: one.shop.svc.cluster.local, port: { number: 81 } }, weight: 25 }
timeout: 5s
retries: { attempts: 3, perTryTimeout: 500ms, retryOn: "5xx,reset,429,retriable-4xx" }
headers: { request: { remove: [x] }, response: { add: { y: z } } }
mirror: { host: one, port: { number: 80 } }
mirrorPercentage: { value: 50 }
corsPolicy:
  allowOrigins: [{ exact: "https://a.test" }, { regex: "https://.*\\\\.b\\\\.test" }]
  allowMethods: [GET]
  maxAge: 24h`);
    expect(made["http"]).toEqual({
      services: [
        { name: ONE, weight: 75, requestHeaders: { set: { a: "b" } } },
        { name: "one.shop.svc.cluster.local:81", weight: 25 },
      ],
      timeout: 5000,
      retry: { attempts: 3, on: ["5xx", "connect-failure", "reset", 429, 409], perTryTimeout: 500 },
      requestHeaders: { remove: ["x"] },
      responseHeaders: { add: { y: "z" } },
      mirror: [{ service: ONE, percent: 50 }],
    });
    expect(made["plugins"]).toMatchObject([
      { name: "cors", config: { allow_origin_patterns: ["https://a.test", "https://*.b.test"], max_age: 86_400 } },
    ]);
  });

  test("redirects, answers itself, or fails on purpose", () => {
    expect(
      route("redirect: { uri: /b, authority: b.test, scheme: https, port: 8443, redirectCode: 308 }"),
    ).toMatchObject({
      redirect: { path: { full: "/b" }, host: "b.test", scheme: "https", port: 8443, status: 308 },
    });
    expect(route("directResponse: { status: 418, body: { string: tea } }")).toMatchObject({
      response: { status: 418, body: "tea" },
    });
    const fault = "fault: { abort: { httpStatus: 503, percentage: { value: 100 } } }";
    expect(route(`${fault}\n${TO_ONE}`)).toMatchObject({ response: { status: 503 } });
  });
});

test("a VirtualService for sidecars alone is nothing here", () => {
  const { routes = [], findings } = pieceOf(`http: [{ ${TO_ONE} }]`, "", "mesh");
  expect([routes, findings]).toEqual([[], []]);
});

describe("what is not known", () => {
  test.each([
    ["match: [{ withoutHeaders: { a: {} } }]", "error spec.http[0].match[0].withoutHeaders"],
    ["fault: { delay: { fixedDelay: 5s, percentage: { value: 10 } } }", "warning spec.http[0].fault"],
    ["timeout: soon", "error spec.http[0].timeout"],
    ["retries: { attempts: 1, retryOn: 'unavailable,503' }", "warning spec.http[0].retries.retryOn"],
    ["corsPolicy: { allowOrigins: [{ prefix: https }] }", "error spec.http[0].corsPolicy.allowOrigins[0]"],
  ])("%s is told", (written, field) => {
    const { findings } = pieceOf(`http:\n- ${written}\n  ${TO_ONE}`);
    expect(findings.map((one) => `${one.severity} ${one.field}`)).toEqual([field]);
  });

  test("a service that is not there answers 503, and is told", () => {
    const { services, findings } = pieceOf("http: [{ route: [{ destination: { host: none } }] }]");
    expect(services).toEqual([{ name: "none:80", endpoints: [] }]);
    expect(findings.map(({ field }) => field)).toEqual(["spec.http[0].route[0].destination.host"]);
  });

  test("a Gateway that is not there", () => {
    const { routes = [], findings } = pieceOf(`http: [{ ${TO_ONE} }]`, "", "none");
    expect(routes).toEqual([]);
    expect(findings.map(({ field, message }) => [field, message])).toEqual([
      ["spec.gateways[0]", "there is no Gateway shop/none"],
    ]);
  });
});

describe("the first match wins", () => {
  const paths = (spec: string): unknown[] =>
    (pieceOf(spec).routes ?? []).map(({ match }) => (match as Written)["path"]);

  test("as routes do by themselves", () => {
    const spec = `
http:
- { match: [{ uri: { exact: /a/b } }], ${TO_ONE} }
- { match: [{ uri: { prefix: /a } }], ${TO_ONE} }
- { ${TO_ONE} }`;
    expect(paths(spec)).toEqual([{ exact: "/a/b" }, { regex: "/a.*" }, { prefix: "/" }]);
    expect(pieceOf(spec).findings).toEqual([]);
  });

  test("by expressions where they would not", () => {
    const spec = `
http:
- { match: [{ uri: { prefix: /a } }], ${TO_ONE} }
- { match: [{ uri: { exact: /a/b } }], ${TO_ONE} }
- { ${TO_ONE} }`;
    expect(paths(spec)).toEqual([{ regex: "/a.*" }, { regex: "/a/b" }, { regex: "/.*" }]);
    expect(pieceOf(spec).findings).toEqual([]);
  });

  test("or it is told that it does not", () => {
    const { findings } = pieceOf(`
http:
- { match: [{ uri: { prefix: /a } }], ${TO_ONE} }
- { match: [{ uri: { prefix: /a/b }, headers: { x: { exact: "1" } } }], ${TO_ONE} }`);
    expect(findings).toEqual([
      {
        field: "spec.http[1].match[0]",
        message: "wins over http.0.match.0, which stands before it: here the match with more conditions does",
        severity: "warning",
      },
    ]);
  });

  test("conditions that exclude each other are in no order", () => {
    const spec = `
http:
- { match: [{ headers: { v: { exact: one } } }], ${TO_ONE} }
- { match: [{ uri: { exact: /a }, headers: { v: { exact: two } } }], ${TO_ONE} }`;
    expect(paths(spec)).toEqual([{ prefix: "/" }, { exact: "/a" }]);
  });
});

describe("a DestinationRule", () => {
  const rule = (spec: string): string => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: one, namespace: shop }
spec:
  host: one
  ${spec.trim().replaceAll("\n", "\n  ")}`;

  test.each([
    ["loadBalancer: { simple: LEAST_REQUEST }", { loadBalance: "least_request" }],
    [
      "loadBalancer: { consistentHash: { httpCookie: { name: c, path: /, ttl: 1h } } }",
      { loadBalance: "hash", hash: { cookie: "c", path: "/", ttl: 3_600_000 } },
    ],
    ["loadBalancer: { consistentHash: { useSourceIp: true } }", { loadBalance: "hash", hash: { source_ip: true } }],
    ["connectionPool: { tcp: { connectTimeout: 2s } }", { connectTimeout: 2000 }],
    [
      "outlierDetection: { consecutive5xxErrors: 7, baseEjectionTime: 1m, maxEjectionPercent: 50 }",
      { outlierDetection: { consecutiveErrors: 7, baseEjection: 60_000, maxEjectionPercent: 50 } },
    ],
    ["tls: { mode: SIMPLE, sni: x.test }", { protocol: "https", tls: { verify: true, sni: "x.test" } }],
    ["tls: { mode: DISABLE }", { protocol: "http" }],
    ["portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: RANDOM } }]", { loadBalance: "random" }],
  ])("says how its host is spoken to: %s", (policy, wanted) => {
    const { services, routes } = pieceOf(`http: [{ ${TO_ONE} }]`, rule(`trafficPolicy: { ${policy} }`));
    const name = `${ONE} default of shop/one`;
    expect(services).toMatchObject([{ name, ...wanted, endpoints: ["10.0.0.1:8080", "10.0.0.2:8080"] }]);
    expect(routes?.[0]?.["http"]).toMatchObject({ services: [{ name }] });
  });

  test("has subsets, by the labels of pods", () => {
    const pods = ["v1", "v2"].map(
      (version, index) => `
---
apiVersion: v1
kind: Pod
metadata: { name: one-${version}, namespace: shop, labels: { app: one, version: ${version} } }
status: { podIP: 10.0.0.${index + 1} }`,
    );
    const subsets = rule(
      "subsets: [{ name: v2, labels: { version: v2 }, trafficPolicy: { loadBalancer: { simple: RANDOM } } }]",
    );
    const to = "route: [{ destination: { host: one, subset: v2, port: { number: 80 } } }]";
    const { services, findings } = pieceOf(`http: [{ ${to} }]`, subsets + pods.join(""));
    expect(findings).toEqual([]);
    expect(services).toEqual([{ name: `${ONE} v2 of shop/one`, loadBalance: "random", endpoints: ["10.0.0.2:8080"] }]);
    const { findings: told } = pieceOf(`http: [{ ${to} }]`, subsets);
    expect(told.map(({ field }) => field)).toEqual(["spec.http[0].route[0].destination.subset"]);
  });
});

test("a ServiceEntry is where its hosts are", () => {
  const { services } = pieceOf(
    "http: [{ route: [{ destination: { host: api.example.com, subset: blue } }] }]",
    `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: api, namespace: shop }
spec:
  hosts: [api.example.com]
  resolution: STATIC
  ports: [{ number: 80, name: http, protocol: HTTP }]
  endpoints:
    - { address: 10.1.0.1, ports: { http: 8000 }, labels: { color: blue }, weight: 2 }
    - { address: 10.1.0.2, labels: { color: green } }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: api, namespace: shop }
spec: { host: api.example.com, subsets: [{ name: blue, labels: { color: blue } }] }`,
  );
  expect(services).toEqual([
    {
      name: "api.example.com:80 blue of shop/api",
      endpoints: [{ address: "10.1.0.1:8000", weight: 2 }],
    },
  ]);
});

test("tls and tcp are for Envoy, each at its servers", () => {
  const { tcpRoutes } = pieceOf(`
tls: [{ match: [{ sniHosts: [a.test] }], ${TO_ONE} }]
tcp: [{ match: [{ port: 9000 }], ${TO_ONE} }]`);
  expect(tcpRoutes).toMatchObject([
    { name: "VirtualService/shop/web/tls/0/0", listeners: ["port-8443"], sni: ["a.test"], services: [{ name: ONE }] },
    { name: "VirtualService/shop/web/tcp/0/0", listeners: ["port-9000"], services: [{ name: ONE }] },
  ]);
});
