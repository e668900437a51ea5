import { describe, expect, test } from "bun:test";
import { parentConditions, services, translate } from "./translated.ts";

const CLASS = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: higress }
spec: { controllerName: higress.io/gateway-controller }
---
`;

function gateway(...listeners: readonly string[]): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: main, namespace: infra }
spec: { gatewayClassName: higress, listeners: [${listeners.map((one) => `{ ${one} }`).join(", ")}] }
---
`;
}

function route(kind: string, rule: string, more = ""): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: r, namespace: infra }
spec:
  parentRefs: [{ name: main }]
${more}
  rules: [{ ${rule} }]
---
`;
}

const TO_A = "backendRefs: [{ name: a, port: 8080 }]";
const TCP_A = "a.infra.svc.cluster.local:8080;protocol=tcp";

describe("GRPCRoute", () => {
  const web = gateway("name: web, port: 80, protocol: HTTP");

  test.each([
    ["", { path: { prefix: "/" } }],
    ["method: { service: pkg.Echo, method: Say }", { path: { exact: "/pkg.Echo/Say" } }],
    ["method: { service: pkg.Echo }", { path: { prefix: "/pkg.Echo" } }],
    ["method: { method: Say }", { path: { regex: "/[^/]+/Say" } }],
    ["method: { type: RegularExpression, service: 'a|b', method: 'Get.*' }", { path: { regex: "/(?:a|b)/(?:Get.*)" } }],
    ["method: { type: RegularExpression, service: 'pkg[.].*' }", { path: { regex: "/(?:pkg[.].*)/[^/]+" } }],
    [
      "headers: [{ name: Version, value: one }]",
      { path: { prefix: "/" }, headers: [{ name: "Version", exact: "one" }] },
    ],
  ])("match %s", (match, expected) => {
    const all = translate(CLASS + web + services("a") + route("GRPCRoute", `matches: [{ ${match} }], ${TO_A}`));
    expect(all.routes.map((one) => one["match"])).toEqual([{ hosts: ["*"], listeners: ["http"], ...expected }]);
    expect(all.routes[0]?.["name"]).toBe("GRPCRoute/infra/r/0");
  });

  test("has the filters of the API, and no others", () => {
    const filters = (list: string): string => route("GRPCRoute", `filters: [${list}], ${TO_A}`);
    const fine = translate(
      CLASS +
        web +
        services("a", "b") +
        filters(
          "{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: a, value: b }] } }, { type: RequestMirror, requestMirror: { backendRef: { name: b, port: 8080 } } }",
        ),
    );
    expect(fine.routes[0]?.["http"]).toMatchObject({
      requestHeaders: { set: { a: "b" } },
      mirror: [{ service: "b.infra.svc.cluster.local:8080;protocol=grpc", percent: 100 }],
    });
    const refused = translate(
      CLASS + web + services("a") + filters("{ type: URLRewrite, urlRewrite: { hostname: x } }"),
    );
    expect(refused.routes[0]?.["response"]).toEqual({ status: 503 });
    expect(parentConditions(refused, "GRPCRoute infra/r")[0]?.[0]).toBe("Accepted=False UnsupportedValue");
  });

  test("without rules does nothing", () => {
    const all = translate(CLASS + web + route("GRPCRoute", "").replace("rules: [{  }]", "rules: []"));
    expect(all.routes).toEqual([]);
  });
});

describe("TLSRoute", () => {
  const pass = gateway("name: pass, port: 8443, protocol: TLS, hostname: '*.example', tls: { mode: Passthrough }");

  test("goes on unopened, by the name that is asked for", () => {
    const all = translate(CLASS + pass + services("a") + route("TLSRoute", TO_A, "  hostnames: [a.example, b.other]"));
    expect(all.tcpRoutes).toEqual([
      {
        name: "TLSRoute/infra/r/0",
        listeners: ["port-8443"],
        sni: ["a.example"],
        services: [{ name: TCP_A, weight: 1 }],
        origin: "TLSRoute infra/r",
      },
    ]);
    expect(all.listeners).toEqual([{ name: "port-8443", port: 8443, protocol: "tcp" }]);
    expect(all.services).toMatchObject([{ name: TCP_A, protocol: "tcp" }]);
    expect(all.findings).toMatchObject([{ of: "Gateway infra/main", severity: "warning" }]);
  });

  test("refuses the share of what is not valid", () => {
    const all = translate(
      CLASS +
        pass +
        services("a") +
        route(
          "TLSRoute",
          "backendRefs: [{ name: a, port: 8080, weight: 1 }, { name: gone, port: 1, weight: 4 }]",
          "  hostnames: [a.example]",
        ),
    );
    expect(all.tcpRoutes[0]?.["services"]).toEqual([
      { name: TCP_A, weight: 1 },
      { name: "nowhere.invalid", weight: 4 },
    ]);
    expect(all.services.at(-1)).toEqual({ name: "nowhere.invalid", protocol: "tcp", endpoints: [] });
    expect(parentConditions(all, "TLSRoute infra/r")).toEqual([
      ["Accepted=True Accepted", "ResolvedRefs=False BackendNotFound"],
    ]);
  });

  test("is not for HTTP listeners, nor HTTPRoutes for TLS that goes through", () => {
    const web = gateway("name: web, port: 80, protocol: HTTP");
    const onWeb = translate(CLASS + web + services("a") + route("TLSRoute", TO_A, "  hostnames: [a.example]"));
    expect(parentConditions(onWeb, "TLSRoute infra/r")[0]?.[0]).toBe("Accepted=False NotAllowedByListeners");
    const onPass = translate(CLASS + pass + services("a") + route("HTTPRoute", TO_A));
    expect(parentConditions(onPass, "HTTPRoute infra/r")[0]?.[0]).toBe("Accepted=False NotAllowedByListeners");
  });
});

test("a TCPRoute takes all of its port", () => {
  const tcp = gateway("name: db, port: 5432, protocol: TCP");
  const all = translate(CLASS + tcp + services("a") + route("TCPRoute", TO_A));
  expect(all.tcpRoutes).toEqual([
    {
      name: "TCPRoute/infra/r/0",
      listeners: ["port-5432"],
      services: [{ name: TCP_A, weight: 1 }],
      origin: "TCPRoute infra/r",
    },
  ]);
});
