import { describe, expect, test } from "bun:test";
import { backendService, firstPort, isBackend, missingBackend } from "#config/kubernetes/service-backend.ts";
import { service } from "#config/model/services.ts";
import { lookupOf } from "#tests/support/kubernetes.ts";

const SHOP = `
apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  ipFamilies: [IPv4, IPv6]
  ports:
    - { name: web, port: 80, targetPort: http }
    - { name: grpc-api, port: 90, targetPort: 9090 }
    - { name: secure, port: 443, targetPort: 8443, appProtocol: https }
`;

const SLICES = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: shop-a, labels: { kubernetes.io/service-name: shop } }
addressType: IPv4
ports: [{ name: web, port: 8080 }, { name: grpc-api, port: 9090 }, { name: secure, port: 8443 }]
endpoints:
  - { addresses: [10.0.0.3] }
  - { addresses: [10.0.0.1], conditions: { ready: true } }
  - { addresses: [10.0.0.4], conditions: { ready: false } }
  - { addresses: [10.0.0.5], conditions: { ready: true, terminating: true } }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: shop-b, labels: { kubernetes.io/service-name: shop } }
addressType: IPv4
ports: [{ name: web, port: 8081 }]
endpoints: [{ addresses: [10.0.0.2, 10.9.9.9] }, { addresses: [10.0.0.2] }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: shop-v6, labels: { kubernetes.io/service-name: shop } }
addressType: IPv6
ports: [{ name: web, port: 8080 }]
endpoints: [{ addresses: ["fd00::1"] }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: other, labels: { kubernetes.io/service-name: other } }
addressType: IPv4
ports: [{ name: web, port: 8080 }]
endpoints: [{ addresses: [10.0.7.7] }]
`;

function made(text: string, name: string, port: number | string, settings = {}): unknown {
  const found = backendService(lookupOf(text), "default", name, port, settings);
  if (!isBackend(found)) return found;
  // What is written must load.
  service.parse(found.service);
  return found.service;
}

describe("a Service's port", () => {
  test("is an entry with the addresses of ready pods, sorted, each once", () => {
    const entry = {
      name: "shop.default.svc.cluster.local:80",
      endpoints: ["10.0.0.1:8080", "10.0.0.2:8081", "10.0.0.3:8080"],
    };
    expect(made(`${SHOP}---${SLICES}`, "shop", 80)).toEqual(entry);
    expect(made(`${SHOP}---${SLICES}`, "shop", "web")).toEqual(entry);
  });

  test("says by its name or appProtocol what is spoken, unless settings do", () => {
    expect(made(`${SHOP}---${SLICES}`, "shop", 90)).toMatchObject({
      protocol: "grpc",
      endpoints: ["10.0.0.1:9090", "10.0.0.3:9090"],
    });
    expect(made(`${SHOP}---${SLICES}`, "shop", 443)).toMatchObject({ protocol: "https", tls: { verify: false } });
    expect(made(`${SHOP}---${SLICES}`, "shop", 443, { protocol: "http" })).not.toHaveProperty("tls");
    expect(made(`${SHOP}---${SLICES}`, "shop", 80, { loadBalance: "random" })).toMatchObject({ loadBalance: "random" });
  });

  test("is known by the other family when there are no slices of the preferred one", () => {
    const only6 = SLICES.split("---").slice(2).join("---");
    expect(made(`${SHOP}---${only6}`, "shop", 80)).toMatchObject({ endpoints: ["[fd00::1]:8080"] });
  });

  test("has no endpoints when no pod is ready", () => {
    expect(made(SHOP, "shop", 80)).toEqual({ name: "shop.default.svc.cluster.local:80", endpoints: [] });
  });

  test("is found in Endpoints where there are no slices", () => {
    const endpoints = `
apiVersion: v1
kind: Endpoints
metadata: { name: shop }
subsets:
  - addresses: [{ ip: 10.1.0.2 }, { ip: 10.1.0.1 }]
    notReadyAddresses: [{ ip: 10.1.0.3 }]
    ports: [{ name: web, port: 8080 }, { name: secure, port: 8443 }]
`;
    expect(made(`${SHOP}---${endpoints}`, "shop", 80)).toMatchObject({ endpoints: ["10.1.0.1:8080", "10.1.0.2:8080"] });
  });

  test("without a name is that of the slices' port without one", () => {
    const text = `
{ apiVersion: v1, kind: Service, metadata: { name: one }, spec: { clusterIP: None, ports: [{ port: 5000 }] } }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: one-a, labels: { kubernetes.io/service-name: one } }
addressType: IPv4
ports: [{ name: "", port: 5001 }]
endpoints: [{ addresses: [10.0.0.1] }]
`;
    expect(made(text, "one", 5000)).toMatchObject({ endpoints: ["10.0.0.1:5001"] });
  });

  test("of an ExternalName is that name", () => {
    const text =
      "{ apiVersion: v1, kind: Service, metadata: { name: out }, spec: { type: ExternalName, externalName: api.example.com. } }";
    expect(made(text, "out", 8080)).toEqual({
      name: "out.default.svc.cluster.local:8080",
      endpoints: ["api.example.com:8080"],
    });
    expect(made(text, "out", "web")).toMatchObject({ problem: "no-port" });
  });
});

describe("what is not there", () => {
  test("is told with what is", () => {
    expect(made(SHOP, "shap", 80)).toEqual({ problem: "no-service", message: "there is no Service default/shap" });
    expect(made(SHOP, "shop", 81)).toEqual({
      problem: "no-port",
      message: "the Service default/shop has no port 81",
      hint: "its ports: 80, 90, 443",
    });
    expect(made(SHOP, "shop", "wep")).toMatchObject({ hint: "its ports: web, grpc-api, secure" });
  });

  test("can stand there without endpoints", () => {
    expect(missingBackend("default", "shap", "web")).toEqual({
      name: "shap.default.svc.cluster.local:web",
      service: { name: "shap.default.svc.cluster.local:web", endpoints: [] },
    });
  });
});

test("only a Service's own slices are remembered", () => {
  const lookup = lookupOf(`${SHOP}---${SLICES}`);
  backendService(lookup, "default", "shop", 80);
  expect([...lookup.asked]).toEqual([
    "/Service default/shop",
    "discovery.k8s.io/EndpointSlice default/* kubernetes.io/service-name=shop",
  ]);
});

test("the first port is that of annotations which name none", () => {
  expect(firstPort(lookupOf(SHOP), "default", "shop")).toBe(80);
  expect(firstPort(lookupOf(SHOP), "default", "none")).toBeUndefined();
});
