import { describe, expect, test } from "bun:test";
import { entryOf, service, shop, translated } from "./translated.ts";

const INGRESS = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: higress
  defaultBackend: { service: { name: errors, port: { name: web } } }
  rules:
    - host: Example.com
      http:
        paths:
          - { path: /api, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }
          - { path: /api, pathType: Exact, backend: { service: { name: shop, port: { name: web } } } }
          - { path: /cat/, pathType: ImplementationSpecific, backend: { service: { name: shop, port: { number: 80 } } } }
    - host: "*.example.org"
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] }
---
${service("shop", "10.0.0.1:8080")}
---
${service("errors", "10.0.0.2:8080")}
`;

describe("rules", () => {
  test("become routes, named after host and path", () => {
    const { routes, services, findings } = translated(INGRESS);
    expect(findings).toEqual([]);
    expect(routes["default/shop/example.com/api"]).toEqual({
      name: "default/shop/example.com/api",
      match: { hosts: ["example.com"], path: { prefix: "/api" }, listeners: ["http", "https"] },
      http: { services: [{ name: entryOf("shop") }] },
      origin: "Ingress default/shop",
    });
    const matched = Object.values(routes).map(({ name, match }) => [name, match]);
    expect(matched).toMatchObject([
      ["default/shop/example.com/api", { path: { prefix: "/api" } }],
      ["default/shop/example.com/api#2", { path: { exact: "/api" } }],
      ["default/shop/example.com/cat/", { path: { prefix: "/cat" } }],
      ["default/shop/*.example.org/", { hosts: ["*.example.org"], path: { prefix: "/" } }],
      ["default/shop/example.com/", { hosts: ["example.com"], path: { prefix: "/" } }],
      ["default/shop/*/", { hosts: ["*"], path: { prefix: "/" } }],
    ]);
    expect(Object.values(services)).toEqual([
      { name: entryOf("shop"), endpoints: ["10.0.0.1:8080"] },
      { name: entryOf("errors"), endpoints: ["10.0.0.2:8080"] },
    ]);
  });

  test("without TLS listener are for the other one alone", () => {
    const { config } = translated(shop(), { httpsListener: undefined });
    expect(config.routes[0]?.match.listeners).toEqual(["http"]);
  });

  test("of a Service that is not there answer 503, and say so", () => {
    const { routes, services, findings } = translated(shop().split("---")[0] ?? "");
    expect(routes["default/shop/example.com/api"]).toMatchObject({ http: { services: [{ name: entryOf("shop") }] } });
    expect(services[entryOf("shop")]).toEqual({ name: entryOf("shop"), endpoints: [] });
    expect(findings).toEqual([
      "Ingress default/shop error spec.rules[0].http.paths[0].backend.service: there is no Service default/shop",
    ]);
  });

  test("that are broken cost themselves alone", () => {
    const { routes, findings } = translated(`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: higress
  rules:
    - host: "not a host"
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] }
    - http:
        paths:
          - { path: api, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }
          - { path: "/a?b", pathType: Exact, backend: { service: { name: shop, port: { number: 80 } } } }
          - { path: /none, pathType: Prefix, backend: {} }
          - { path: /portless, pathType: Prefix, backend: { service: { name: shop } } }
          - { path: /other, pathType: Prefix, backend: { resource: { kind: Bucket, name: b } } }
          - { path: /good, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }
          - { path: /good/, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }
---
${service("shop", "10.0.0.1:8080")}
`);
    expect(Object.keys(routes)).toEqual(["default/shop/*/good"]);
    expect(findings.map((finding) => finding.replace("Ingress default/shop ", ""))).toEqual([
      "error spec.rules[0].host: is not a host name, or *. and one",
      "error spec.rules[1].http.paths[0].path: must begin with /",
      "error spec.rules[1].http.paths[1].path: must not hold a query or a fragment",
      "error spec.rules[1].http.paths[2].backend: names neither a service nor a resource",
      "error spec.rules[1].http.paths[3].backend.service: needs a name and a port (as in { name: shop, port: { number: 80 } })",
      "error spec.rules[1].http.paths[4].backend.resource: is not known here (only the McpBridge default of networking.higress.io is)",
      "warning spec.rules[1].http.paths[6].backend: does nothing: */good/ is there already in this Ingress",
    ]);
  });

  test("in old files, without a type, may end with a star", () => {
    const { config } = translated(`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: higress
  rules:
    - http:
        paths:
          - { path: "/a/*", backend: { service: { name: shop, port: { number: 80 } } } }
          - { backend: { service: { name: shop, port: { number: 80 } } } }
---
${service("shop", "10.0.0.1:8080")}
`);
    expect(config.routes.map(({ match }) => match.path)).toEqual([{ prefix: "/a" }, { prefix: "/" }]);
  });

  test("are asked for where there are none", () => {
    const text =
      "{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: a }, spec: { ingressClassName: higress } }";
    expect(translated(text).findings).toEqual(["Ingress default/a error spec: needs rules or a defaultBackend"]);
  });

  test("with long names get short ones that stay apart", () => {
    const long = "a".repeat(60);
    const rule = (path: string): string =>
      `{ host: "${long}.${long}.example.com", http: { paths: [{ path: ${path}, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] } }`;
    const { routes } = translated(`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${long}.${long} }
spec: { ingressClassName: higress, rules: [${rule("/one")}, ${rule("/two")}] }
`);
    const names = Object.keys(routes);
    expect(new Set(names).size).toBe(2);
    expect(names.every((name) => name.length <= 200 && name.startsWith(`default/${long}.${long}/`))).toBe(true);
  });
});

describe("of two Ingresses", () => {
  test("the older has what both claim", () => {
    const young = shop().replace(
      '"name":"shop","creationTimestamp":"2026-01',
      '"name":"young","creationTimestamp":"2026-02',
    );
    const { routes, findings } = translated(`${young}\n---\n${shop()}`);
    expect(Object.keys(routes)).toEqual(["default/shop/example.com/api"]);
    expect(findings).toEqual([
      "Ingress default/young warning spec.rules: the route default/young/example.com/api does nothing: Ingress default/shop is older and has the same host, path and conditions",
    ]);
  });

  test("both have theirs when the conditions differ", () => {
    const young = shop({ "exact-match-header-x-stage": "test" }).replace('"name":"shop"', '"name":"young"');
    expect(translated(`${young}\n---\n${shop()}`).findings).toEqual([]);
  });
});

describe("an Ingress' class", () => {
  const of = (spec: string, annotations = "{}"): string => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, annotations: ${annotations} }
spec: { ${spec} rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] } }] }
`;
  const legacy = (name: string): string => of("", `{ kubernetes.io/ingress.class: "${name}" }`);
  const byDefault = `${of("")}---
{ apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: { name: higress, annotations: { ingressclass.kubernetes.io/is-default-class: "true" } } }`;

  test.each([
    ["higress", of("ingressClassName: higress,"), true],
    ["higress", of("ingressClassName: nginx,"), false],
    ["higress", of(""), false],
    ["higress", byDefault, true],
    ["higress", legacy("higress"), true],
    ["higress", legacy("nginx"), false],
    ["higress", legacy(""), false],
    ["nginx", of(""), true],
    ["nginx", legacy(""), true],
    ["nginx", of("ingressClassName: nginx,"), true],
    ["nginx", of("ingressClassName: higress,"), false],
    ["", of("ingressClassName: whatever,"), true],
    ["", of(""), true],
  ])("the gateway of class %p takes it or not", (ingressClass, text, taken) => {
    expect(translated(text, { ingressClass }).config.routes).toHaveLength(taken ? 1 : 0);
  });

  test("is no matter for findings: another's Ingress is not looked at", () => {
    expect(translated(of("ingressClassName: nginx,", "{ higress.io/timeout: soon }")).pieces).toEqual([
      { findings: [] },
    ]);
  });
});

test("the status tells the gateway's addresses", () => {
  const { pieces } = translated(shop(), { addresses: ["203.0.113.1", "2001:db8::1", "gw.example.com"] });
  expect(pieces[0]?.status).toEqual({
    loadBalancer: { ingress: [{ ip: "203.0.113.1" }, { ip: "2001:db8::1" }, { hostname: "gw.example.com" }] },
  });
  expect(translated(shop()).pieces[0]).not.toHaveProperty("status");
});
