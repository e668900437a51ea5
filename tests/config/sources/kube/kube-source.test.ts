import { afterEach, describe, expect, test } from "bun:test";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import { KubeSource, type KubeSourceOptions } from "#config/sources/kube/kube-source.ts";
import { KUBE_KINDS, type KubeKind } from "#config/sources/kube/kinds.ts";
import { systemClock } from "#src/core/clock.ts";
import { FakeApiServer } from "#tests/support/fake-api-server.ts";
import { until } from "#tests/support/until.ts";

const KINDS: readonly KubeKind[] = [
  { kind: "/Service", plural: "services", versions: ["v1"], namespaced: true },
  { kind: "networking.k8s.io/Ingress", plural: "ingresses", versions: ["v1"], namespaced: true },
];
const SERVICES = "/api/v1/namespaces/default/services";
const INGRESSES = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";

/** Waits are short, so that what comes back after a pause comes soon. */
const hasty = {
  ...systemClock,
  after: (delay: number, run: () => void) => systemClock.after(Math.min(delay, 20), run),
};

const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

function service(name: string, port = 80): Readonly<Record<string, unknown>> {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec: { port } };
}

function ingress(name: string): Readonly<Record<string, unknown>> {
  return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name, namespace: "default" }, spec: {} };
}

function fakeServer(port?: number, version?: number): FakeApiServer {
  const server = new FakeApiServer(port, version);
  open.push(server);
  return server;
}

interface Stage {
  readonly set: ResourceSet;
  readonly source: KubeSource;
  readonly opened: Promise<void>;
  readonly services: () => string;
}

function sourceAt(url: string, more: Partial<KubeSourceOptions> = {}, token = () => "the-token"): Stage {
  const set = new ResourceSet();
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const access = { server: url, verify: true, namespace: "default", token: () => Promise.resolve(token()) };
  const world = {
    access,
    clock: hasty,
    log,
    random: () => 0,
    systemNamespace: "system",
    controllerName: "higress.io/gateway-controller",
    identity: "one",
    kinds: KINDS,
  };
  const source = new KubeSource(set, { ...world, ...more });
  open.push({ [Symbol.asyncDispose]: () => source.close() });
  const opened = source.open(() => {});
  const services = (): string =>
    set
      .list("/Service")
      .map(({ metadata, spec }) => `${metadata.name}:${(spec as { port: number }).port}`)
      .join();
  return { set, source, opened, services };
}

describe("objects", () => {
  test("are all there once it is open, over as many pages as it takes", async () => {
    const server = fakeServer();
    for (let index = 0; index < 1100; index++) server.put(SERVICES, service(`s${index}`));
    const { set, opened } = sourceAt(server.url);
    await opened;
    expect(set.list("/Service").length).toBe(1100);
    expect(set.get("/Service", "default", "s7")).toMatchObject({ apiVersion: "v1", kind: "Service" });
    const pages = server.asked.filter((line) => line.startsWith("GET /api/v1/services?limit=500"));
    expect(pages.map((line) => new URL(line.slice(4), "http://x").searchParams.get("continue"))).toEqual([
      null,
      "500",
      "1000",
    ]);
  });

  test("that change, come and go are followed", async () => {
    const server = fakeServer();
    server.put(SERVICES, service("a"));
    const { services, opened } = sourceAt(server.url);
    await opened;
    await until("both kinds are watched", () => server.watches === 2);
    server.put(SERVICES, service("a", 81));
    server.put(SERVICES, service("b"));
    await until("both are seen", () => services() === "a:81,b:80");
    server.delete(SERVICES, "a");
    await until("the removal is seen", () => services() === "b:80");
  });

  test("of one namespace alone, and of the system's, can be asked for", async () => {
    const server = fakeServer();
    server.put(SERVICES, service("a"));
    const { opened, services } = sourceAt(server.url, { watchNamespace: "default" });
    await opened;
    expect(services()).toBe("a:80");
    const lists = server.asked.filter((line) => line.includes("/services?limit"));
    expect(lists.map((line) => line.slice(4, line.indexOf("?"))).sort()).toEqual([
      "/api/v1/namespaces/default/services",
      "/api/v1/namespaces/system/services",
    ]);
  });
});

describe("a watch", () => {
  test("that the server ends goes on from where it was, bookmarks included", async () => {
    const server = fakeServer();
    const { opened, services } = sourceAt(server.url);
    await opened;
    await until("both kinds are watched", () => server.watches === 2);
    server.put(INGRESSES, ingress("i"));
    server.bookmark();
    server.endWatches();
    await until("both kinds are watched again", () => server.watches === 2);
    server.put(SERVICES, service("a"));
    await until("the change is seen", () => services() === "a:80");
    expect(server.asked.filter((line) => line.includes("/services?limit")).length).toBe(1);
    const reached = server.get(`${INGRESSES}/i`)?.metadata.resourceVersion;
    const watches = server.asked.filter((line) => line.includes("/services?watch"));
    expect(watches.at(-1)).toContain(`resourceVersion=${reached}&`);
  });

  test.each([
    ["in an event", (server: FakeApiServer) => server.expireWatches()],
    [
      "as the answer to the next one",
      (server: FakeApiServer) => {
        server.compact();
        server.endWatches();
      },
    ],
  ])("that is told %s that it is too old lists anew, and what went meanwhile is gone", async (_, expire) => {
    const server = fakeServer();
    server.put(SERVICES, service("a"));
    server.put(SERVICES, service("b"));
    const { set, opened, services } = sourceAt(server.url);
    await opened;
    await until("both kinds are watched", () => server.watches === 2);
    const kept = set.get("/Service", "default", "b");
    // Nobody hears of it.
    server.endWatches();
    server.delete(SERVICES, "a");
    await until("both kinds are watched again", () => server.watches === 2);
    expire(server);
    await until("the list is taken over", () => services() === "b:80");
    expect(set.get("/Service", "default", "b")).toBe(kept as Resource);
  });
});

describe("a server", () => {
  test("that goes away and comes back is found again; until then what is known stays", async () => {
    const first = fakeServer();
    first.put(SERVICES, service("a"));
    const port = Number(new URL(first.url).port);
    const { opened, services, source } = sourceAt(first.url);
    await opened;
    await until("both kinds are watched", () => first.watches === 2);
    await first[Symbol.asyncDispose]();
    await until("it is told", () => source.problems.length > 0);
    expect(services()).toBe("a:80");
    const second = fakeServer(port, 1000);
    second.put(SERVICES, service("b"));
    await until("the new server is read", () => services() === "b:80");
    await until("all is well", () => source.problems.length === 0);
  });

  test("that lets nobody watch for a while is told of once, until it does", async () => {
    const server = fakeServer();
    const told: string[] = [];
    const log = { info: () => {}, warn: (message: string) => void told.push(message), error: () => {} };
    const { opened, source } = sourceAt(server.url, { kinds: KINDS.slice(0, 1), log });
    await opened;
    await until("it is watched", () => server.watches === 1);
    const refused = (): number => server.asked.filter((line) => line.includes("watch=true")).length;
    const before = refused();
    server.denied.add("watch=true");
    server.endWatches();
    await until("it was asked three times", () => refused() >= before + 3);
    expect([told.length, source.problems.length]).toEqual([1, 1]);
    server.denied.clear();
    await until("it is watched again", () => server.watches === 1 && source.problems.length === 0);
    expect(told).toHaveLength(1);
  });

  test("without a kind has none of it", async () => {
    const server = fakeServer();
    server.absent.add("ingresses");
    const { opened, source } = sourceAt(server.url);
    await opened;
    expect(source.problems).toEqual([]);
    server.absent.clear();
    server.put(INGRESSES, ingress("i"));
    await until("the kind is found once it is there", () => server.watches === 2);
  });

  test("whose token is renewed is asked with the new one", async () => {
    const server = fakeServer();
    let token = "the-token";
    const { opened, services, source } = sourceAt(server.url, {}, () => token);
    await opened;
    await until("both kinds are watched", () => server.watches === 2);
    server.token = "renewed";
    server.put(SERVICES, service("a"));
    server.endWatches();
    await until("it is refused", () => source.problems.some(({ message }) => message === "Unauthorized"));
    expect(JSON.stringify(source.problems)).not.toContain("the-token");
    token = "renewed";
    await until("it is let in again", () => source.problems.length === 0 && services() === "a:80");
  });

  test("that refuses a kind keeps nothing else from starting", async () => {
    const server = fakeServer();
    server.token = "another";
    const { opened, source } = sourceAt(server.url);
    await opened;
    expect(source.problems.length).toBe(2);
  });
});

describe("a status", () => {
  const STATUS = { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } };
  const found = (set: ResourceSet): Resource | undefined => set.get("networking.k8s.io/Ingress", "default", "i");

  test("is written by the one replica that holds the lease, and only when it is another one", async () => {
    const server = fakeServer();
    server.put(INGRESSES, ingress("i"));
    const one = sourceAt(server.url);
    await one.opened;
    await until(
      "the lease is taken",
      () => server.get("/apis/coordination.k8s.io/v1/namespaces/default/leases/sluice-status") !== undefined,
    );
    const two = sourceAt(server.url, { identity: "two" });
    await two.opened;
    for (const { set, source } of [one, two]) source.writeStatus(found(set) as Resource, STATUS);
    await until("it is written", () => server.get(`${INGRESSES}/i`)?.["status"] !== undefined);
    expect(server.get(`${INGRESSES}/i`)?.["status"]).toEqual(STATUS);
    await until(
      "both have seen it",
      () => found(two.set)?.["status"] !== undefined && found(one.set)?.["status"] !== undefined,
    );
    one.source.writeStatus(found(one.set) as Resource, STATUS);
    two.source.writeStatus(found(two.set) as Resource, STATUS);
    await until("a renewal has passed", () => server.asked.filter((line) => line.startsWith("PUT ")).length > 0);
    expect(server.asked.filter((line) => line.startsWith("PATCH "))).toEqual([`PATCH ${INGRESSES}/i/status`]);
  });

  test("leaves what others write at the same time", async () => {
    const server = fakeServer();
    server.put(INGRESSES, ingress("i"));
    const { set, source, opened } = sourceAt(server.url);
    await opened;
    const lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/sluice-status";
    await until("the lease is taken", () => server.get(lease) !== undefined);
    const foreign = { type: "example.com/Checked", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" };
    // The source has not seen it yet.
    const seen = found(set) as Resource;
    server.put(INGRESSES, { ...ingress("i"), status: { conditions: [foreign], other: 1 } });
    source.writeStatus(seen, { conditions: [{ type: "Accepted", status: "True" }] });
    await until("it is written", () => server.asked.includes(`PATCH ${INGRESSES}/i/status`));
    await until("it is there", () => JSON.stringify(server.get(`${INGRESSES}/i`)).includes("Accepted"));
    expect(server.get(`${INGRESSES}/i`)?.["status"]).toEqual({
      conditions: [
        { type: "Accepted", status: "True", lastTransitionTime: expect.stringMatching(/^\d{4}-.*\d\dZ$/) },
        foreign,
      ],
      other: 1,
    });
  });

  test("that cannot be written is tried again, and told of once", async () => {
    const server = fakeServer();
    const told: string[] = [];
    const log = { info: () => {}, warn: (message: string) => void told.push(message), error: () => {} };
    server.put(INGRESSES, ingress("i"));
    const { set, source, opened } = sourceAt(server.url, { log });
    await opened;
    server.denied.add("/ingresses/i");
    source.writeStatus(found(set) as Resource, STATUS);
    const tried = (): number => server.asked.filter((line) => line.endsWith("/ingresses/i")).length;
    await until("it was tried three times", () => tried() >= 3);
    server.denied.clear();
    await until("it is written", () => server.get(`${INGRESSES}/i`)?.["status"] !== undefined);
    expect(told).toEqual(["A status cannot be written."]);
  });

  test("is written again for an object of the same name that was made anew", async () => {
    const server = fakeServer();
    const made = (uid: string): Readonly<Record<string, unknown>> => {
      return { ...ingress("i"), metadata: { name: "i", namespace: "default", uid } };
    };
    server.put(INGRESSES, made("1"));
    const { set, source, opened } = sourceAt(server.url);
    await opened;
    source.writeStatus(found(set) as Resource, STATUS);
    await until("it is seen", () => found(set)?.["status"] !== undefined);
    server.delete(INGRESSES, "i");
    server.put(INGRESSES, made("2"));
    await until("the new one is seen", () => found(set)?.metadata.uid === "2");
    source.writeStatus(found(set) as Resource, STATUS);
    await until("it is written again", () => server.get(`${INGRESSES}/i`)?.["status"] !== undefined);
  });
});

describe("pods", () => {
  const PODS = "/api/v1/namespaces/default/pods";
  const RULES = "/apis/networking.istio.io/v1/namespaces/default/destinationrules";
  const kinds = KUBE_KINDS.filter(({ plural }) => ["pods", "destinationrules"].includes(plural));

  function pod(version: string, phase = "Pending"): Readonly<Record<string, unknown>> {
    const metadata = { name: "one", namespace: "default", labels: { version }, annotations: { large: "text" } };
    return { apiVersion: "v1", kind: "Pod", metadata, spec: { secret: true }, status: { phase } };
  }

  function rule(subset: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const metadata = { name: "rule", namespace: "default" };
    return {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata,
      spec: { host: "one", subsets: [subset] },
    };
  }

  const labelsIn = (set: ResourceSet): unknown => set.list("/Pod").map(({ metadata }) => metadata.labels);
  const askedForPods = ({ asked }: FakeApiServer): boolean => asked.some((line) => line.includes("/pods"));

  test("are not asked for until a DestinationRule chooses by their labels, and then for their metadata alone", async () => {
    const server = fakeServer();
    server.put(PODS, pod("v1"));
    server.put(RULES, rule({ name: "all" }));
    const { set, opened } = sourceAt(server.url, { kinds });
    await opened;
    await until("the rules are watched", () => server.watches === 1);
    expect(askedForPods(server)).toBe(false);
    server.put(RULES, rule({ name: "v1", labels: { version: "v1" } }));
    await until("the pod is known", () => set.list("/Pod").length === 1);
    expect(set.get("/Pod", "default", "one")).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "one",
        namespace: "default",
        labels: { version: "v1" },
        annotations: {},
        creationTimestamp: "",
        resourceVersion: expect.any(String),
      },
    });
  });

  test("are there when the source is open, and a change of anything but labels is no news", async () => {
    const server = fakeServer();
    server.put(PODS, pod("v1"));
    server.put(RULES, rule({ name: "v1", labels: { version: "v1" } }));
    const { set, opened } = sourceAt(server.url, { kinds });
    await opened;
    expect(labelsIn(set)).toEqual([{ version: "v1" }]);
    await until("both are watched", () => server.watches === 2);
    set.takeChanges();
    const known = set.get("/Pod", "default", "one");
    server.put(PODS, pod("v1", "Running"));
    server.put(PODS, { ...pod("v2"), metadata: { name: "two", namespace: "default", labels: { version: "v2" } } });
    await until("the second is known", () => set.list("/Pod").length === 2);
    expect(set.get("/Pod", "default", "one")).toBe(known as Resource);
    server.put(PODS, pod("v3"));
    await until("its label is known", () => JSON.stringify(labelsIn(set)).includes("v3"));
    server.delete(PODS, "one");
    await until("it is gone", () => set.list("/Pod").length === 1);
  });
});
