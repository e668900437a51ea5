import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { conditionsIn, GATEWAY, listAt, parentConditions, services, translate, type Translated } from "./translated.ts";

const PEM = readFileSync(new URL("../../../fixtures/tls/authority.pem", import.meta.url), "utf8");

function route(refs: string, namespace = "infra", kind = "HTTPRoute", extra = ""): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: r, namespace: ${namespace} }
spec:
  hostnames: [${kind.toLowerCase()}.example]
  parentRefs: [{ name: main, namespace: infra }]
  rules: [{ ${extra} backendRefs: [${refs}] }]
---
`;
}

const A = "{ name: a, port: 8080 }";
const OF_A = "a.infra.svc.cluster.local:8080";

function resolved(all: Translated, of = "HTTPRoute infra/r"): string | undefined {
  return parentConditions(all, of)[0]?.[1];
}

describe("what is not valid costs its share", () => {
  test.each([
    ["a Service that is not there", "{ name: gone, port: 8080 }", "BackendNotFound"],
    ["a port that is not there", "{ name: a, port: 9 }", "BackendNotFound"],
    ["no port", "{ name: a }", "BackendNotFound"],
    ["an unknown kind", "{ group: example.com, kind: Bucket, name: a }", "InvalidKind"],
    ["an InferencePool", "{ group: inference.networking.k8s.io, kind: InferencePool, name: a }", "InvalidKind"],
    ["another namespace", "{ name: a, namespace: other, port: 8080 }", "RefNotPermitted"],
  ])("%s", (_name, ref, reason) => {
    const alone = translate(`${GATEWAY}${services("a")}${route(ref)}`);
    expect(alone.routes[0]).toMatchObject({ response: { status: 500 } });
    expect(resolved(alone)).toBe(`ResolvedRefs=False ${reason}`);
    expect(alone.findings).toMatchObject([{ field: "spec.rules[0].backendRefs[0]", severity: "error" }]);
    const beside = translate(`${GATEWAY}${services("a")}${route(`${A}, ${ref.replace("{", "{ weight: 3,")}`)}`);
    expect(beside.routes[0]?.["http"]).toEqual({
      services: [{ name: OF_A, weight: 1 }],
      abort: { status: 500, weight: 3 },
    });
    expect(parentConditions(beside, "HTTPRoute infra/r")[0]?.[0]).toBe("Accepted=True Accepted");
  });

  test("nobody to ask is an error as well", () => {
    for (const refs of ["", "{ name: a, port: 8080, weight: 0 }"]) {
      const all = translate(`${GATEWAY}${services("a")}${route(refs)}`);
      expect(all.routes[0]).toMatchObject({ response: { status: 500 } });
      expect(resolved(all)).toBe("ResolvedRefs=True ResolvedRefs");
    }
  });

  test("clients of gRPC are told that it is unavailable", () => {
    const all = translate(`${GATEWAY}${services("a")}${route(`${A}, { name: gone, port: 1 }`, "infra", "GRPCRoute")}`);
    expect(all.routes[0]?.["http"]).toMatchObject({ abort: { status: 503, weight: 1 } });
  });

  test("a Service without pods is there: it answers 503", () => {
    const [service = ""] = services("a").split("---");
    const all = translate(`${GATEWAY}${service}---${route(A)}`);
    expect(all.services).toEqual([{ name: OF_A, endpoints: [] }]);
    expect(resolved(all)).toBe("ResolvedRefs=True ResolvedRefs");
  });
});

describe("another namespace takes a ReferenceGrant", () => {
  const main = GATEWAY.replace("protocol: HTTP", "protocol: HTTP, allowedRoutes: { namespaces: { from: All } }");
  const grant = (from: string, to: string, namespace = "infra"): string => `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: g, namespace: ${namespace} }
spec: { from: [{ ${from} }], to: [{ ${to} }] }
---
`;
  const OF_ROUTE = "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: web";
  const other = route("{ name: a, namespace: infra, port: 8080 }", "web");

  test.each([
    [true, grant(OF_ROUTE, "group: '', kind: Service")],
    [true, grant(OF_ROUTE, "group: '', kind: Service, name: a")],
    [false, ""],
    [false, grant(OF_ROUTE, "group: '', kind: Service, name: b")],
    [false, grant(OF_ROUTE, "group: '', kind: Secret")],
    [false, grant(OF_ROUTE, "group: apps, kind: Service")],
    [false, grant(OF_ROUTE.replace("web", "elsewhere"), "group: '', kind: Service")],
    [false, grant(OF_ROUTE.replace("HTTPRoute", "GRPCRoute"), "group: '', kind: Service")],
    [false, grant(OF_ROUTE.replace("gateway.networking.k8s.io", "''"), "group: '', kind: Service")],
    [false, grant(OF_ROUTE, "group: '', kind: Service", "web")],
  ])("allowed: %p by %s", (allowed, yaml) => {
    const all = translate(main + services("a") + yaml + other);
    expect(resolved(all, "HTTPRoute web/r")).toBe(
      allowed ? "ResolvedRefs=True ResolvedRefs" : "ResolvedRefs=False RefNotPermitted",
    );
    expect(all.services.length).toBe(allowed ? 1 : 0);
  });
});

describe("protocols", () => {
  const withProtocol = (appProtocol: string): string =>
    services("a").replace("port: 8080 }", `port: 8080, appProtocol: ${appProtocol} }`);

  test.each([
    ["HTTPRoute", "kubernetes.io/h2c", { name: OF_A, protocol: "h2c" }],
    ["HTTPRoute", "kubernetes.io/ws", { name: OF_A }],
    ["HTTPRoute", "https", { name: OF_A, protocol: "https", tls: { verify: false } }],
    ["GRPCRoute", "kubernetes.io/h2c", { name: `${OF_A};protocol=grpc`, protocol: "grpc" }],
  ])("of a %s to %s", (kind, appProtocol, expected) => {
    const all = translate(`${GATEWAY}${withProtocol(appProtocol)}${route(A, "infra", kind)}`);
    expect(all.services).toEqual([{ ...expected, endpoints: ["10.0.0.1:3000"] }]);
  });

  test("that such routes do not speak", () => {
    const all = translate(`${GATEWAY}${withProtocol("mysql")}${route(A)}`);
    expect(all.routes[0]).toMatchObject({ response: { status: 500 } });
    expect(resolved(all)).toBe("ResolvedRefs=False UnsupportedProtocol");
  });

  test("of GRPCRoutes are gRPC when nothing is said", () => {
    const all = translate(`${GATEWAY}${services("a")}${route(A, "infra", "GRPCRoute")}`);
    expect(all.services).toMatchObject([{ name: `${OF_A};protocol=grpc`, protocol: "grpc" }]);
    expect(all.routes[0]?.["http"]).toEqual({ services: [{ name: `${OF_A};protocol=grpc`, weight: 1 }] });
  });
});

test("services of registries are named as Higress names them", () => {
  const all = translate(
    `${GATEWAY}${route("{ group: networking.higress.io, kind: Service, name: orders.static, port: 80 }")}`,
  );
  expect(all.routes[0]?.["http"]).toEqual({ services: [{ name: "orders.static", weight: 1 }] });
  expect([all.services, resolved(all)]).toEqual([[], "ResolvedRefs=True ResolvedRefs"]);
});

describe("BackendTLSPolicy", () => {
  const ca = (data: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ca, namespace: infra }
data: ${JSON.stringify({ "ca.crt": data })}
---
`;
  const policy = (
    name: string,
    validation: string,
    target = "kind: Service, group: '', name: a",
    created = "",
  ): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, namespace: infra, generation: 4${created === "" ? "" : `, creationTimestamp: ${created}`} }
spec: { targetRefs: [{ ${target} }], validation: { ${validation} } }
---
`;
  const VALID = "hostname: in.example, caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca }]";
  const ancestors = (all: Translated, name: string): readonly unknown[] =>
    listAt(all.status.get(`BackendTLSPolicy infra/${name}`), "ancestors").map((one) => [
      one["ancestorRef"],
      conditionsIn(one),
    ]);
  const MAIN = { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "infra", name: "main" };
  const OK = ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"];

  test("is how the Service is asked, under a name of its own", () => {
    const all = translate(`${GATEWAY}${services("a")}${ca(PEM)}${policy("p", VALID)}${route(A)}`);
    expect(all.services).toEqual([
      {
        name: `${OF_A};tls=p`,
        protocol: "https",
        tls: { sni: "in.example", verify: true, ca: PEM },
        endpoints: ["10.0.0.1:3000"],
      },
    ]);
    expect(ancestors(all, "p")).toEqual([[MAIN, OK]]);
  });

  test("may trust the usual authorities, and other names", () => {
    const names = "subjectAltNames: [{ type: Hostname, hostname: b.example }, { type: URI, uri: 'spiffe://x/y' }]";
    const all = translate(
      `${GATEWAY}${services("a")}${policy("p", `hostname: in.example, wellKnownCACertificates: System, ${names}`)}${route(A)}`,
    );
    expect(all.services[0]?.["tls"]).toEqual({
      sni: "in.example",
      verify: true,
      subjectAltNames: ["b.example", "spiffe://x/y"],
    });
  });

  test("speaks HTTP/2 where the port or the route does", () => {
    const h2c = services("a").replace("port: 8080 }", "port: 8080, appProtocol: kubernetes.io/h2c }");
    const all = translate(
      `${GATEWAY}${h2c}${ca(PEM)}${policy("p", VALID)}${route(A)}${route(A, "infra", "GRPCRoute")}`,
    );
    expect(all.services.map(({ protocol }) => protocol)).toEqual(["h2", "grpcs"]);
  });

  test.each([
    [
      "hostname: h, caCertificateRefs: [{ group: '', kind: ConfigMap, name: gone }]",
      "NoValidCACertificate",
      "InvalidCACertificateRef",
    ],
    [
      "hostname: h, caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca }]",
      "NoValidCACertificate",
      "InvalidCACertificateRef",
    ],
    [
      "hostname: h, caCertificateRefs: [{ group: x.example, kind: Vault, name: ca }]",
      "NoValidCACertificate",
      "InvalidKind",
    ],
    ["hostname: h, wellKnownCACertificates: Moon", "Invalid", undefined],
  ])("that is not valid fails its requests: %s", (validation, accepted, reason) => {
    const all = translate(`${GATEWAY}${services("a")}${ca("no certificate")}${policy("p", validation)}${route(A)}`);
    expect(all.routes[0]).toMatchObject({ response: { status: 500 } });
    expect(all.services).toEqual([]);
    expect(ancestors(all, "p")).toEqual([
      [
        MAIN,
        [
          `Accepted=False ${accepted}`,
          reason === undefined ? "ResolvedRefs=True ResolvedRefs" : `ResolvedRefs=False ${reason}`,
        ],
      ],
    ]);
    // The route refers to what is there.
    expect(resolved(all)).toBe("ResolvedRefs=True ResolvedRefs");
  });

  test("of two the older one counts, but one for the port before one for the Service", () => {
    const [young, old] = ["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"];
    const target = "kind: Service, group: '', name: a";
    const all = translate(
      GATEWAY +
        services("a") +
        ca(PEM) +
        route(A) +
        policy("young", VALID, target, young) +
        policy("old", VALID, target, old) +
        policy("port", VALID, `${target}, sectionName: web`, young),
    );
    expect(all.services.map(({ name }) => name)).toEqual([`${OF_A};tls=port`]);
    expect(ancestors(all, "young")).toEqual([[MAIN, ["Accepted=False Conflicted", "ResolvedRefs=True ResolvedRefs"]]]);
    expect(ancestors(all, "old")).toEqual([[MAIN, OK]]);
    expect(ancestors(all, "port")).toEqual([[MAIN, OK]]);
    const without = translate(
      GATEWAY +
        services("a") +
        ca(PEM) +
        route(A) +
        policy("young", VALID, target, young) +
        policy("old", VALID, target, old),
    );
    expect(without.services.map(({ name }) => name)).toEqual([`${OF_A};tls=old`]);
  });

  test("nobody uses has no status", () => {
    const all = translate(
      `${GATEWAY}${services("a", "b")}${ca(PEM)}${policy("p", VALID)}${route("{ name: b, port: 8080 }")}`,
    );
    expect(ancestors(all, "p")).toEqual([]);
  });
});
