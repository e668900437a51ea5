import { expect, test } from "bun:test";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { KubeSource } from "#config/sources/kube/kube-source.ts";
import { ResourceLayer } from "#src/command/resources.ts";
import { systemClock } from "#src/core/clock.ts";
import { registry } from "#src/registry.ts";
import { configOf } from "#tests/support/envoy-translation.ts";
import { FakeApiServer } from "#tests/support/fake-api-server.ts";
import { resourcesOf } from "#tests/support/kubernetes.ts";
import { until } from "#tests/support/until.ts";

const OBJECTS = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: sluice, generation: 1 }
spec: { controllerName: higress.io/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: main, namespace: infra, generation: 4 }
spec: { gatewayClassName: sluice, listeners: [{ name: web, port: 80, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: one, namespace: infra, generation: 2 }
spec: { parentRefs: [{ name: main }] }
`;

const API = "/apis/gateway.networking.k8s.io/v1";
const PLURALS: Readonly<Record<string, string>> = { Gateway: "gateways", HTTPRoute: "httproutes" };
const GATEWAY = `${API}/namespaces/infra/gateways/main`;

/** Without what changes with time. */
function timeless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, one: unknown) => (key === "lastTransitionTime" ? undefined : one)),
  );
}

test("statuses reach the API server once, and what they change there comes to rest", async () => {
  await using server = new FakeApiServer();
  for (const object of resourcesOf(OBJECTS)) {
    const { kind } = object;
    const collection = kind === "GatewayClass" ? `${API}/gatewayclasses` : `${API}/namespaces/infra/${PLURALS[kind]}`;
    server.put(collection, object);
  }
  const set = new ResourceSet();
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const source = new KubeSource(set, {
    access: { server: server.url, verify: true, namespace: "default", token: () => Promise.resolve("the-token") },
    clock: systemClock,
    log,
    random: () => 0,
    systemNamespace: "higress-system",
    controllerName: "higress.io/gateway-controller",
    identity: "one",
  });
  const layer = new ResourceLayer(set, [source], registry, log);
  const base = configOf({ listeners: [{ name: "http", port: 80 }] });
  await layer.open(() => layer.over(base));
  const patches = (): readonly string[] => server.asked.filter((line) => line.startsWith("PATCH "));
  const counted = (count: number) => () => JSON.stringify(server.get(GATEWAY)).includes(`"attachedRoutes":${count}`);
  try {
    layer.over(base);
    await until("all three are written", () => patches().length === 3);
    expect(timeless(server.get(GATEWAY)?.["status"])).toMatchObject({
      conditions: [
        { type: "Accepted", status: "True", observedGeneration: 4 },
        { type: "Programmed", status: "True", observedGeneration: 4 },
        { type: "ResolvedRefs", status: "True", observedGeneration: 4 },
      ],
      listeners: [{ name: "web", attachedRoutes: 1 }],
    });
    const before = server.get(GATEWAY)?.["status"];
    expect(JSON.stringify(before)).toContain("lastTransitionTime");

    const [route] = resourcesOf(OBJECTS.split("---").at(-1) ?? "");
    server.put(`${API}/namespaces/infra/httproutes`, { ...route, metadata: { ...route?.metadata, name: "two" } });
    await until("the route is counted", counted(2));
    await until("the route has its status", () => patches().length === 5);
    expect(patches().filter((line) => line.includes("/gateways/"))).toHaveLength(2);
    // Conditions that are as they were have been so since then.
    expect(timeless(before)).not.toEqual(timeless(server.get(GATEWAY)?.["status"]));
    expect(server.get(GATEWAY)?.["status"]).toMatchObject({
      conditions: (before as { conditions: readonly object[] }).conditions,
    });
  } finally {
    await layer.close();
  }
});
