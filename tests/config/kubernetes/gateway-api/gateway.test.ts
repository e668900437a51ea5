import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { TranslatorOptions } from "#config/kubernetes/translator.ts";
import { conditionsIn, listenerStatuses, translate, type Translated } from "./translated.ts";

const tls = (name: string): string => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), "utf8");
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const [CERT, KEY, CA] = [tls("a.test.pem"), tls("a.test.key.pem"), tls("authority.pem")];

const CLASS = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: higress, generation: 5 }
spec: { controllerName: higress.io/gateway-controller }
---
`;

function gateway(listeners: readonly string[], spec = "", metadata = "name: main"): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { ${metadata}, namespace: infra, generation: 3 }
spec:
  gatewayClassName: higress
  listeners: [${listeners.map((one) => `{ ${one} }`).join(", ")}]
${spec}
---
`;
}

function secret(name: string, cert = CERT, key = KEY, namespace = "infra"): string {
  return `
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: ${namespace} }
type: kubernetes.io/tls
data: { tls.crt: "${base64(cert)}", tls.key: "${base64(key)}" }
---
`;
}

function configMap(name: string, data: string, namespace = "infra"): string {
  return `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: ${namespace} }
data: ${JSON.stringify({ "ca.crt": data })}
---
`;
}

function grant(kind: string, namespace: string, name = ""): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: g, namespace: ${namespace} }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: infra }]
  to: [{ group: "", kind: ${kind}${name === "" ? "" : `, name: ${name}`} }]
---
`;
}

const WEB = "name: web, port: 80, protocol: HTTP";
const https = (refs: string, more = ""): string =>
  `name: tls, port: 443, protocol: HTTPS${more}, tls: { certificateRefs: [${refs}] }`;

const of = (yaml: string, options: Partial<TranslatorOptions> = {}): Translated => translate(CLASS + yaml, options);
const gatewayConditions = (all: Translated, name = "main"): readonly string[] =>
  conditionsIn(all.status.get(`Gateway infra/${name}`));

function listeners(all: Translated, name = "main"): Readonly<Record<string, readonly string[]>> {
  const statuses = listenerStatuses(all, `Gateway infra/${name}`);
  return Object.fromEntries([...statuses].map(([key, one]) => [key, conditionsIn(one)]));
}

const FINE = [
  "Accepted=True Accepted",
  "Conflicted=False NoConflicts",
  "Programmed=True Programmed",
  "ResolvedRefs=True ResolvedRefs",
];

describe("classes", () => {
  test("of this controller are accepted, with their features and generation", () => {
    const status = of("").status.get("GatewayClass higress");
    expect(status).toMatchObject({
      conditions: [{ type: "Accepted", status: "True", reason: "Accepted", observedGeneration: 5 }],
    });
    const features = JSON.stringify(status?.["supportedFeatures"]);
    expect(features).toContain('{"name":"HTTPRoute"}');
  });

  test("that are not there are told of; Higress' own is there by itself", () => {
    const named = (name: string): Translated =>
      translate(gateway([WEB]).replace("gatewayClassName: higress", `gatewayClassName: ${name}`));
    expect(named("higress").status.has("Gateway infra/main")).toBe(true);
    const other = named("nginx");
    expect(other.status.size).toBe(0);
    expect(other.findings).toMatchObject([{ field: "spec.gatewayClassName", severity: "warning" }]);
  });

  test("with parameters are refused, and their Gateways left alone", () => {
    const yaml = CLASS.replace("spec: {", "spec: { parametersRef: { group: x, kind: Y, name: z },");
    const all = translate(yaml + gateway([WEB]));
    expect(conditionsIn(all.status.get("GatewayClass higress"))).toEqual(["Accepted=False InvalidParameters"]);
    expect(all.status.has("Gateway infra/main")).toBe(false);
  });
});

describe("listeners", () => {
  test("are those of the configuration, or one for each port", () => {
    const all = of(
      gateway([WEB, "name: a, port: 8080, protocol: http, hostname: a.example", "name: b, port: 8080, protocol: HTTP"]),
    );
    expect(all.listeners).toEqual([{ name: "port-8080", port: 8080 }]);
    expect(listeners(all)).toEqual({ web: FINE, a: FINE, b: FINE });
    expect(gatewayConditions(all)).toEqual([
      "Accepted=True Accepted",
      "Programmed=True Programmed",
      "ResolvedRefs=True ResolvedRefs",
    ]);
  });

  test("tell which kinds of routes they take", () => {
    const all = of(
      gateway([
        WEB,
        `${WEB.replace("web", "some").replace("80", "81")}, allowedRoutes: { kinds: [{ kind: GRPCRoute }, { kind: Own, group: x.example }] }`,
        `${WEB.replace("web", "none").replace("80", "82")}, allowedRoutes: { kinds: [{ kind: TLSRoute }] }`,
        "name: udp, port: 53, protocol: UDP",
      ]),
    );
    const statuses = listenerStatuses(all, "Gateway infra/main");
    const group = "gateway.networking.k8s.io";
    expect([...statuses.values()].map(({ supportedKinds }) => supportedKinds)).toEqual([
      [
        { group, kind: "HTTPRoute" },
        { group, kind: "GRPCRoute" },
      ],
      [{ group, kind: "GRPCRoute" }],
      [],
      [],
    ]);
    expect(listeners(all)["some"]).toContain("ResolvedRefs=False InvalidRouteKinds");
    expect(listeners(all)["udp"]).toEqual([
      "Accepted=False UnsupportedProtocol",
      "Conflicted=False NoConflicts",
      "Programmed=False Invalid",
      "ResolvedRefs=True ResolvedRefs",
    ]);
    expect(gatewayConditions(all)[0]).toBe("Accepted=True ListenersNotValid");
  });

  test("without one that is valid the Gateway is not accepted", () => {
    const all = of(gateway(["name: udp, port: 53, protocol: UDP"]));
    expect(gatewayConditions(all).slice(0, 2)).toEqual([
      "Accepted=False ListenersNotValid",
      "Programmed=False Invalid",
    ]);
    expect(all.listeners).toEqual([]);
  });
});

describe("conflicts", () => {
  const conflict = (reason: string): readonly string[] => [
    "Accepted=False Invalid",
    `Conflicted=True ${reason}`,
    "Programmed=False Invalid",
    "ResolvedRefs=True ResolvedRefs",
  ];

  test.each([
    [
      "HostnameConflict",
      "name: a, port: 8080, protocol: HTTP, hostname: x.example",
      "name: b, port: 8080, protocol: HTTP, hostname: x.example",
    ],
    ["ProtocolConflict", "name: a, port: 8080, protocol: HTTP", "name: b, port: 8080, protocol: TCP"],
    [
      "ProtocolConflict",
      "name: a, port: 8080, protocol: TLS, tls: { mode: Passthrough }",
      "name: b, port: 8080, protocol: HTTP",
    ],
    ["ProtocolConflict", "name: a, port: 8080, protocol: TCP", "name: b, port: 8080, protocol: TCP"],
  ])("%s: %s and %s", (reason, one, other) => {
    const all = of(gateway([WEB, one, other]));
    expect(listeners(all)).toEqual({ web: FINE, a: conflict(reason), b: conflict(reason) });
    expect(gatewayConditions(all)[0]).toBe("Accepted=True ListenersNotValid");
    expect(all.listeners).toEqual([]);
  });

  test("HTTPS and TLS that goes through share a port by name, and only so", () => {
    const pass = (hostname: string): string =>
      `name: pass, port: 443, protocol: TLS${hostname}, tls: { mode: Passthrough }`;
    const apart = of(
      secret("cert") + gateway([https("{ name: cert }", ", hostname: a.test"), pass(", hostname: b.test")]),
    );
    expect(listeners(apart)).toEqual({ tls: FINE, pass: FINE });
    const same = of(secret("cert") + gateway([https("{ name: cert }"), pass("")]));
    expect(listeners(same)).toEqual({ tls: conflict("ProtocolConflict"), pass: conflict("ProtocolConflict") });
  });

  test("with other Gateways' protocols on a port: the older one has it", () => {
    const all = of(
      gateway(["name: a, port: 8080, protocol: HTTP"], "", "name: main, creationTimestamp: 2026-01-01T00:00:00Z") +
        gateway(["name: b, port: 8080, protocol: TCP"], "", "name: young, creationTimestamp: 2026-01-02T00:00:00Z"),
    );
    expect(listeners(all)).toEqual({ a: FINE });
    expect(listeners(all, "young")["b"]?.[0]).toBe("Accepted=False PortUnavailable");
    expect(all.listeners).toEqual([{ name: "port-8080", port: 8080 }]);
  });

  test("with what the configuration's listeners do", () => {
    const all = of(secret("cert") + gateway([WEB.replace("80", "443"), https("{ name: cert }").replace("443", "80")]));
    expect(listeners(all)["web"]?.[0]).toBe("Accepted=False PortUnavailable");
    expect(listeners(all)["tls"]?.[0]).toBe("Accepted=False PortUnavailable");
  });
});

describe("certificates", () => {
  test("are shown for the listener's hostname", () => {
    const all = of(
      secret("cert") +
        gateway([
          https("{ name: cert }", ', hostname: "*.test"'),
          "name: alt, port: 8443, protocol: HTTPS, tls: { certificateRefs: [{ name: cert }] }",
        ]),
    );
    expect(all.certificates).toEqual([
      { listeners: ["https"], hosts: ["*.test"], cert: CERT, key: KEY },
      { listeners: ["port-8443"], cert: CERT, key: KEY },
    ]);
    expect(all.listeners).toEqual([{ name: "port-8443", port: 8443 }]);
    expect(listeners(all)).toEqual({ tls: FINE, alt: FINE });
  });

  test.each([
    ["InvalidCertificateRef", "{ name: gone }", ""],
    ["InvalidCertificateRef", "{ group: wrong.example, kind: Secret, name: cert }", secret("cert")],
    ["InvalidCertificateRef", "{ kind: ConfigMap, name: cert }", secret("cert")],
    ["InvalidCertificateRef", "{ name: cert }", secret("cert", "Hello world")],
    ["InvalidCertificateRef", "{ name: cert }", secret("cert", CERT, "Hello world")],
    ["RefNotPermitted", "{ name: cert, namespace: web }", secret("cert", CERT, KEY, "web")],
    [
      "RefNotPermitted",
      "{ name: cert, namespace: web }",
      secret("cert", CERT, KEY, "web") + grant("Secret", "web", "other"),
    ],
  ])("%s: %s", (reason, ref, yaml) => {
    const all = of(yaml + gateway([WEB, https(ref)]));
    expect(listeners(all)).toEqual({
      web: FINE,
      tls: [
        "Accepted=True Accepted",
        "Conflicted=False NoConflicts",
        "Programmed=False Invalid",
        `ResolvedRefs=False ${reason}`,
      ],
    });
    expect(gatewayConditions(all)[2]).toBe("ResolvedRefs=False ListenersNotResolved");
    expect([all.certificates, all.listeners]).toEqual([[], []]);
    expect(all.findings).toMatchObject([{ field: "spec.listeners[1].tls.certificateRefs[0]", severity: "error" }]);
  });

  test("of another namespace take a ReferenceGrant", () => {
    const yaml = secret("cert", CERT, KEY, "web") + gateway([https("{ name: cert, namespace: web }")]);
    expect(of(yaml + grant("Secret", "web")).certificates.length).toBe(1);
    expect(of(yaml + grant("Secret", "web", "cert")).certificates.length).toBe(1);
  });

  test("one that is good opens the listener beside one that is not", () => {
    const all = of(secret("cert") + gateway([https("{ name: cert }, { name: gone }")]));
    expect(all.certificates.length).toBe(1);
    expect(listeners(all)["tls"]?.slice(2)).toEqual([
      "Programmed=True Programmed",
      "ResolvedRefs=False InvalidCertificateRef",
    ]);
  });

  test("whose hostnames overlap are told of", () => {
    const named = (name: string, hostname: string): string =>
      `name: ${name}, port: 443, protocol: HTTPS, hostname: "${hostname}", tls: { certificateRefs: [{ name: cert }] }`;
    const all = of(secret("cert") + gateway([named("a", "*.a.test"), named("b", "x.a.test"), named("c", "c.test")]));
    expect(listeners(all)).toEqual({
      a: [...FINE, "OverlappingTLSConfig=True OverlappingHostnames"],
      b: [...FINE, "OverlappingTLSConfig=True OverlappingHostnames"],
      c: FINE,
    });
  });
});

describe("clients' certificates", () => {
  const frontend = (validation: string, perPort = "[]"): string =>
    `  tls: { frontend: { default: { validation: { ${validation} } }, perPort: ${perPort} } }`;
  const REFS = "caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca }]";
  const both = [
    https("{ name: cert }"),
    "name: alt, port: 8443, protocol: HTTPS, tls: { certificateRefs: [{ name: cert }] }",
  ];

  test("must be of the authorities; a port may ask for none", () => {
    const perPort =
      "[{ port: 8443, tls: { validation: { mode: AllowInsecureFallback, caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca }] } } }]";
    const all = of(secret("cert") + configMap("ca", CA) + gateway(both, frontend(REFS, perPort)));
    expect(all.certificates.map(({ clientCa, clientAuth }) => [clientCa === CA, clientAuth])).toEqual([
      [true, "require"],
      [false, undefined],
    ]);
    expect(gatewayConditions(all)).toContain("InsecureFrontendValidationMode=True ConfigurationChanged");
  });

  test.each([
    ["InvalidCACertificateRef", REFS, ""],
    ["InvalidCACertificateRef", REFS, configMap("ca", "no certificate")],
    ["InvalidCACertificateKind", "caCertificateRefs: [{ group: '', kind: Pod, name: ca }]", configMap("ca", CA)],
    [
      "RefNotPermitted",
      "caCertificateRefs: [{ group: '', kind: ConfigMap, name: ca, namespace: web }]",
      configMap("ca", CA, "web"),
    ],
  ])("without any authority the listener stays shut: %s", (reason, validation, yaml) => {
    const all = of(secret("cert") + yaml + gateway([WEB, https("{ name: cert }")], frontend(validation)));
    expect(listeners(all)).toEqual({
      web: FINE,
      tls: [
        "Accepted=False NoValidCACertificate",
        "Conflicted=False NoConflicts",
        "Programmed=False Invalid",
        `ResolvedRefs=False ${reason}`,
      ],
    });
    expect(all.certificates).toEqual([]);
  });
});

describe("addresses", () => {
  const own = { addresses: ["192.0.2.1", "lb.example"] };
  const asked = (addresses: string, options: Partial<TranslatorOptions> = own): readonly unknown[] => {
    const all = of(gateway([WEB], `  addresses: ${addresses}`), options);
    return [all.status.get("Gateway infra/main")?.["addresses"], ...gatewayConditions(all).slice(0, 2)];
  };
  const IP = { type: "IPAddress", value: "192.0.2.1" };
  const OK = ["Accepted=True Accepted", "Programmed=True Programmed"];

  test.each([
    ["[]", [[IP, { type: "Hostname", value: "lb.example" }], ...OK]],
    ["[{ value: 192.0.2.1 }]", [[IP], ...OK]],
    ["[{ type: IPAddress }]", [[IP], ...OK]],
    ["[{ type: Hostname, value: higress-gateway }]", [[{ type: "Hostname", value: "higress-gateway" }], ...OK]],
    ["[{ value: 192.0.2.99 }]", [[], "Accepted=True Accepted", "Programmed=False AddressNotUsable"]],
    ["[{ type: NamedAddress, value: x }]", [[], "Accepted=False UnsupportedAddress", "Programmed=False Invalid"]],
  ])("%s", (addresses, expected) => {
    expect(asked(addresses)).toEqual(expected);
  });

  test("that cannot be given are not assigned", () => {
    expect(asked("[{ type: Hostname }]", { addresses: ["192.0.2.1"] })[2]).toBe("Programmed=False AddressNotAssigned");
  });
});

describe("the certificate for services", () => {
  const backend = (ref: string): string => `  tls: { backend: { clientCertificateRef: { ${ref} } } }`;

  test.each([
    ["ResolvedRefs=True ResolvedRefs", "name: cert", secret("cert")],
    ["ResolvedRefs=False InvalidClientCertificateRef", "name: gone", ""],
    ["ResolvedRefs=False InvalidClientCertificateRef", "name: cert", secret("cert", "Hello world")],
    ["ResolvedRefs=False RefNotPermitted", "name: cert, namespace: web", secret("cert", CERT, KEY, "web")],
  ])("%s", (expected, ref, yaml) => {
    expect(gatewayConditions(of(yaml + gateway([WEB], backend(ref))))[2]).toBe(expected);
  });

  test("is shown to Services with a policy, and to no others", () => {
    const service = (name: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: infra }
spec: { ports: [{ port: 8080 }] }
---
`;
    const all = of(
      secret("cert") +
        service("a") +
        service("b") +
        gateway([WEB], backend("name: cert")) +
        `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: p, namespace: infra }
spec: { targetRefs: [{ kind: Service, group: "", name: a }], validation: { hostname: a.test, wellKnownCACertificates: System } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r, namespace: infra }
spec: { parentRefs: [{ name: main }], rules: [{ backendRefs: [{ name: a, port: 8080 }, { name: b, port: 8080 }] }] }
`,
    );
    expect(all.services).toEqual([
      {
        name: "a.infra.svc.cluster.local:8080;tls=p;client=infra/main",
        protocol: "https",
        tls: { sni: "a.test", verify: true, cert: CERT, key: KEY },
        endpoints: [],
      },
      { name: "b.infra.svc.cluster.local:8080", endpoints: [] },
    ]);
  });
});

test("what does nothing here is told of", () => {
  const all = of(
    gateway([WEB], "  infrastructure: { labels: { a: b } }\n  allowedListeners: { namespaces: { from: All } }"),
  );
  expect(all.findings.map(({ field, severity }) => [field, severity])).toEqual([
    ["spec.infrastructure", "warning"],
    ["spec.allowedListeners", "warning"],
  ]);
});

test.each(["inference.networking.k8s.io/v1 InferencePool", "gateway.networking.k8s.io/v1alpha2 UDPRoute"])(
  "%s is not supported, and says so",
  (what) => {
    const [apiVersion, kind] = what.split(" ");
    const all = of(`{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: x } }`);
    expect(all.findings).toMatchObject([{ of: `${kind} default/x`, field: "kind", severity: "error" }]);
  },
);
