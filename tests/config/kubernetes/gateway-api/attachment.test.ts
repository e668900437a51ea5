import { describe, expect, test } from "bun:test";
import { conditionsIn, listAt, listenerStatuses, parentConditions, services, translate } from "./translated.ts";

const CLASS = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: higress }
spec: { controllerName: higress.io/gateway-controller }
---
`;

function gateway(name: string, ...listeners: readonly string[]): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: infra, generation: 1 }
spec: { gatewayClassName: higress, listeners: [${listeners.map((one) => `{ ${one} }`).join(", ")}] }
---
`;
}

function route(parents: string, hostnames = "[]", namespace = "infra", kind = "HTTPRoute"): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: r, namespace: ${namespace}, generation: 7 }
spec:
  parentRefs: [${parents}]
  hostnames: ${hostnames}
  rules: [{ backendRefs: [{ name: a, namespace: infra, port: 8080 }] }]
---
`;
}

const WEB = "name: web, port: 80, protocol: HTTP";
const MAIN = "{ name: main, namespace: infra }";

function accepted(yaml: string, of = "HTTPRoute infra/r"): readonly (string | undefined)[] {
  return parentConditions(translate(CLASS + services("a") + yaml), of).map(([first]) => first);
}

describe("parents", () => {
  test("by section, by port, and by both", () => {
    const two = gateway("main", WEB, "name: alt, port: 8080, protocol: HTTP");
    const listenersOf = (ref: string): unknown =>
      translate(CLASS + services("a") + two + route(`{ name: main, ${ref} }`)).routes.map(({ match }) => match);
    const at = (...listeners: readonly string[]): unknown => [{ hosts: ["*"], listeners, path: { prefix: "/" } }];
    expect(listenersOf("")).toEqual(at("http", "port-8080"));
    expect(listenersOf("sectionName: alt")).toEqual(at("port-8080"));
    expect(listenersOf("port: 80")).toEqual(at("http"));
    expect(listenersOf("port: 80, sectionName: web")).toEqual(at("http"));
    expect(listenersOf("port: 80, sectionName: alt")).toEqual([]);
  });

  test("without such a listener do not match", () => {
    expect(accepted(gateway("main", WEB) + route("{ name: main, sectionName: none }"))).toEqual([
      "Accepted=False NoMatchingParent",
    ]);
    expect(accepted(gateway("main", WEB) + route("{ name: main, port: 81 }"))).toEqual([
      "Accepted=False NoMatchingParent",
    ]);
  });

  test("each has its own conditions, in the order of the refs, with the route's generation", () => {
    const all = translate(
      CLASS +
        services("a") +
        gateway("one", WEB) +
        gateway("two", WEB) +
        route("{ name: two, sectionName: none }, { name: gone }, { kind: Service, group: '', name: a }, { name: one }"),
    );
    const parents = listAt(all.status.get("HTTPRoute infra/r"), "parents");
    expect(parents.map(({ parentRef, controllerName }) => [parentRef, controllerName])).toEqual([
      [{ name: "two", sectionName: "none" }, "higress.io/gateway-controller"],
      [{ name: "one" }, "higress.io/gateway-controller"],
    ]);
    expect(parents.map(conditionsIn)).toEqual([
      ["Accepted=False NoMatchingParent", "ResolvedRefs=True ResolvedRefs"],
      ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"],
    ]);
    for (const one of parents.flatMap((parent) => listAt(parent, "conditions"))) {
      expect(one["observedGeneration"]).toBe(7);
    }
  });

  test("that are not there are told of, and have no status", () => {
    const all = translate(route("{ name: gone }, { kind: Service, group: '', name: a }"));
    expect(all.findings).toMatchObject([{ field: "spec.parentRefs[0]", message: "there is no Gateway infra/gone" }]);
    expect(all.status.size).toBe(0);
  });

  test("that are gone leave an empty status where there was one of this controller's", () => {
    const before = (controllerName: string): string =>
      route(MAIN).replace(
        "---\n",
        `status: { parents: [{ parentRef: { name: x }, controllerName: ${controllerName} }] }\n---\n`,
      );
    const status = (yaml: string): unknown => translate(CLASS + yaml).status.get("HTTPRoute infra/r");
    expect(status(before("higress.io/gateway-controller"))).toEqual({ parents: [] });
    expect(status(before("example.com/other"))).toBeUndefined();
  });
});

describe("namespaces", () => {
  const from = (what: string): string => gateway("main", `${WEB}, allowedRoutes: { namespaces: { ${what} } }`);
  const SELECTOR =
    "from: Selector, selector: { matchLabels: { team: a }, matchExpressions: [{ key: env, operator: NotIn, values: [test] }] }";
  const namespace = (labels: string): string => `
apiVersion: v1
kind: Namespace
metadata: { name: web, labels: { ${labels} } }
---
`;

  test.each([
    ["the same", gateway("main", WEB), "Accepted=False NotAllowedByListeners"],
    ["all", from("from: All"), "Accepted=True Accepted"],
    ["selected", from(SELECTOR) + namespace("team: a"), "Accepted=True Accepted"],
    ["not selected", from(SELECTOR) + namespace("team: b"), "Accepted=False NotAllowedByListeners"],
    [
      "left out by an expression",
      from(SELECTOR) + namespace("team: a, env: test"),
      "Accepted=False NotAllowedByListeners",
    ],
    [
      "by name, without the object",
      from("from: Selector, selector: { matchLabels: { kubernetes.io/metadata.name: web } }"),
      "Accepted=True Accepted",
    ],
    ["none", from("from: None"), "Accepted=False NotAllowedByListeners"],
  ])("%s", (_name, yaml, expected) => {
    expect(accepted(yaml + route(MAIN, "[]", "web"), "HTTPRoute web/r")).toEqual([expected]);
  });
});

test("kinds that a listener does not take are not allowed", () => {
  const grpcOnly = gateway("main", `${WEB}, allowedRoutes: { kinds: [{ kind: GRPCRoute }] }`);
  expect(accepted(grpcOnly + route(MAIN))).toEqual(["Accepted=False NotAllowedByListeners"]);
  expect(accepted(grpcOnly + route(MAIN, "[]", "infra", "GRPCRoute"), "GRPCRoute infra/r")).toEqual([
    "Accepted=True Accepted",
  ]);
});

describe("hostnames", () => {
  test.each([
    ["very.specific.com", "[non.matching.com, '*.nonmatching.io']", undefined],
    ["very.specific.com", "[non.matching.com, very.specific.com]", ["very.specific.com"]],
    ["very.specific.com", "['*.specific.com']", ["very.specific.com"]],
    [
      "*.wildcard.io",
      "[foo.wildcard.io, bar.wildcard.io, x.y.wildcard.io, wildcard.io]",
      ["foo.wildcard.io", "bar.wildcard.io", "x.y.wildcard.io"],
    ],
    ["*.wildcard.io", "[wildcard.io]", undefined],
    ["*.wildcard.io", "['*.foo.wildcard.io', '*.wildcard.io', '*.io']", ["*.foo.wildcard.io", "*.wildcard.io"]],
    ["*.wildcard.io", "[]", ["*.wildcard.io"]],
    [undefined, "[any.example]", ["any.example"]],
    [undefined, "[]", ["*"]],
  ])("of the listener %p and the route %s", (listener, hostnames, hosts) => {
    const hostname = listener === undefined ? "" : `, hostname: "${listener}"`;
    const all = translate(CLASS + services("a") + gateway("main", WEB + hostname) + route(MAIN, hostnames));
    expect(all.routes.map(({ match }) => match)).toEqual(
      hosts === undefined ? [] : [{ hosts, listeners: ["http"], path: { prefix: "/" } }],
    );
    const [[condition] = []] = parentConditions(all, "HTTPRoute infra/r");
    expect(condition).toBe(
      hosts === undefined ? "Accepted=False NoMatchingListenerHostname" : "Accepted=True Accepted",
    );
  });

  test("of several listeners are each for that listener alone", () => {
    const all = translate(
      CLASS +
        services("a") +
        gateway("main", `${WEB}, hostname: a.example`, "name: alt, port: 8080, protocol: HTTP, hostname: b.example") +
        route(MAIN, "[a.example, b.example]"),
    );
    expect(all.routes.map(({ name, match }) => [name, match])).toEqual([
      ["HTTPRoute/infra/r/0", { hosts: ["a.example"], listeners: ["http"], path: { prefix: "/" } }],
      ["HTTPRoute/infra/r/0@port-8080", { hosts: ["b.example"], listeners: ["port-8080"], path: { prefix: "/" } }],
    ]);
  });
});

describe("isolation of listeners", () => {
  const isolated = gateway(
    "main",
    WEB,
    `name: wild, port: 80, protocol: HTTP, hostname: "*.example.com"`,
    `name: foo, port: 80, protocol: HTTP, hostname: foo.example.com`,
  );

  test("hosts that a more specific listener has are its own", () => {
    const hosts = (section: string): unknown =>
      translate(
        CLASS +
          services("a") +
          isolated +
          route(`{ name: main, sectionName: ${section} }`, "[bar.com, '*.example.com', foo.example.com]"),
      ).routes.flatMap(({ name, match }) => (String(name).startsWith("HTTPRoute") ? [match] : []));
    const of = (...names: readonly string[]): unknown =>
      names.length === 0 ? [] : [{ hosts: names, listeners: ["http"], path: { prefix: "/" } }];
    expect(hosts("web")).toEqual(of("bar.com"));
    expect(hosts("wild")).toEqual(of("*.example.com"));
    expect(hosts("foo")).toEqual(of("foo.example.com"));
  });

  test("what no route of a listener takes goes no further: last of all comes a 404", () => {
    const all = translate(CLASS + services("a") + isolated + route(MAIN));
    expect(all.routes.slice(-2)).toEqual([
      {
        name: "Gateway/infra/main/wild",
        match: { hosts: ["*.example.com"], listeners: ["http"] },
        response: { status: 404 },
        origin: "Gateway infra/main",
      },
      {
        name: "Gateway/infra/main/foo",
        match: { hosts: ["foo.example.com"], listeners: ["http"] },
        response: { status: 404 },
        origin: "Gateway infra/main",
      },
    ]);
  });

  test("listeners on other ports are others", () => {
    const apart = gateway("main", WEB, "name: foo, port: 8080, protocol: HTTP, hostname: foo.example.com");
    const all = translate(
      CLASS + services("a") + apart + route("{ name: main, sectionName: web }", "[foo.example.com]"),
    );
    expect(all.routes.map(({ name }) => name)).toEqual(["HTTPRoute/infra/r/0"]);
  });
});

test("attached routes are counted for each listener, whoever may use it", () => {
  const all = translate(
    CLASS +
      services("a") +
      gateway("main", WEB, `name: b, port: 80, protocol: HTTP, hostname: b.example`) +
      route("{ name: main, sectionName: b }", "[b.example]") +
      route(MAIN).replace("name: r,", "name: second,") +
      route("{ name: main, sectionName: b }", "[c.example]").replace("name: r,", "name: third,"),
  );
  const counts = [...listenerStatuses(all, "Gateway infra/main")].map(([name, one]) => [name, one["attachedRoutes"]]);
  expect(counts).toEqual([
    ["web", 1],
    ["b", 2],
  ]);
});
