import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { entryOf, service, shop, translated } from "./translated.ts";

const tls = (name: string): string => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), "utf8");
const PAIR = { cert: tls("a.test.pem"), key: tls("a.test.key.pem") };

function secret(name: string, namespace = "default"): string {
  const stringData = { "tls.crt": PAIR.cert, "tls.key": PAIR.key, "ca.crt": tls("authority.pem") };
  return JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData });
}

/** What annotations write into the service's entry. */
function settings(annotations: Readonly<Record<string, string>>, more = ""): unknown {
  const { services } = translated(shop(annotations, more));
  const { name: _, endpoints: __, ...rest } = services[entryOf("shop")] ?? {};
  return rest;
}

const findings = (annotations: Readonly<Record<string, string>>, more = ""): readonly string[] =>
  translated(shop(annotations, more)).findings.map((finding) => finding.replace("Ingress default/shop ", ""));

describe("load balancing", () => {
  test.each([
    [{ "load-balance": "round_robin" }, { loadBalance: "round_robin" }],
    [{ "load-balance": "least_conn" }, { loadBalance: "least_request" }],
    [{ "load-balance": "RANDOM" }, { loadBalance: "random" }],
    [{ "upstream-hash-by": "$request_uri" }, { loadBalance: "hash", hash: { uri: true } }],
    [{ "upstream-hash-by": "$host" }, { loadBalance: "hash", hash: { host: true } }],
    [{ "upstream-hash-by": "$remote_addr" }, { loadBalance: "hash", hash: { source_ip: true } }],
    [{ "upstream-hash-by": "$http_x_user_id" }, { loadBalance: "hash", hash: { header: "x-user-id" } }],
    [
      { "upstream-hash-by": "${arg_user}", "load-balance": "random" },
      { loadBalance: "hash", hash: { query: "user" } },
    ],
    [{ affinity: "cookie" }, { loadBalance: "hash", hash: { cookie: "INGRESSCOOKIE", ttl: 0, path: "/" } }],
    [
      {
        "session-cookie-name": "shop",
        "session-cookie-path": "/a",
        "session-cookie-max-age": "60",
        "session-cookie-expires": "9",
      },
      { loadBalance: "hash", hash: { cookie: "shop", ttl: "60s", path: "/a" } },
    ],
    [
      { affinity: "cookie", "session-cookie-expires": "9", "upstream-hash-by": "$host" },
      { loadBalance: "hash", hash: { cookie: "INGRESSCOOKIE", ttl: "9s", path: "/" } },
    ],
  ])("%j", (annotations, written) => {
    expect(settings(annotations)).toEqual(written);
    expect(findings(annotations)).toEqual([]);
  });

  test("mcp-sse keeps sessions at their endpoint", () => {
    const sticky = (annotations: Record<string, string>): unknown =>
      translated(shop(annotations)).config.routes[0]?.http?.sticky;
    expect(sticky({ "load-balance": "mcp-sse" })).toMatchObject({ query: "sessionId", whenGone: "fail" });
    expect(sticky({ "load-balance": "mcp-sse", "mcp-sse-stateful-param-name": "id" })).toMatchObject({ query: "id" });
    expect(settings({ "load-balance": "mcp-sse" })).toEqual({});
  });

  test.each([
    [{ "load-balance": "ewma" }, "error higress.io/load-balance: is not known here"],
    [{ "load-balance": "passthrough" }, "warning higress.io/load-balance: passthrough has no meaning here"],
    [{ "upstream-hash-by": "$uri$host" }, "error higress.io/upstream-hash-by: is not known here"],
    [{ affinity: "ip" }, "warning higress.io/affinity: only cookie is known"],
    [{ affinity: "cookie", "affinity-mode": "persistent" }, "warning higress.io/affinity-mode: only balanced is known"],
  ])("what is not known is told: %j", (annotations, told) => {
    expect(findings(annotations)[0]).toStartWith(told);
  });
});

describe("a backend's protocol", () => {
  const UNVERIFIED = { verify: false };

  test.each([
    [{ "backend-protocol": "HTTP" }, { protocol: "http" }],
    [{ "backend-protocol": "http2" }, { protocol: "h2c" }],
    [{ "backend-protocol": "GRPC" }, { protocol: "grpc" }],
    [{ "backend-protocol": "HTTPS" }, { protocol: "https", tls: UNVERIFIED }],
    [{ "backend-protocol": "GRPCS" }, { protocol: "grpcs", tls: UNVERIFIED }],
    [
      { "backend-protocol": "HTTPS", "proxy-ssl-name": "a.test", "proxy-ssl-verify": "on" },
      { protocol: "https", tls: { verify: true, sni: "a.test" } },
    ],
    [
      { "backend-protocol": "HTTPS", "proxy-ssl-name": "a.test", "proxy-ssl-server-name": "off" },
      { protocol: "https", tls: UNVERIFIED },
    ],
    [
      { "proxy-ssl-secret": "client", "proxy-ssl-verify": "on" },
      { protocol: "https", tls: { verify: true, ca: tls("authority.pem"), ...PAIR } },
    ],
    [
      { "proxy-ssl-secret": "default/client", "backend-protocol": "GRPC" },
      { protocol: "grpcs", tls: { verify: false, ca: tls("authority.pem"), ...PAIR } },
    ],
  ])("%j", (annotations, written) => {
    expect(settings(annotations, secret("client"))).toEqual(written);
  });

  test.each([
    [{ "backend-protocol": "FCGI" }, "error higress.io/backend-protocol: is not known here"],
    [
      { "backend-protocol": "HTTPS", "proxy-ssl-verify": "true" },
      "error higress.io/proxy-ssl-verify: must be on or off",
    ],
    [{ "proxy-ssl-secret": "none" }, "error higress.io/proxy-ssl-secret: there is no Secret default/none"],
    [
      { "proxy-ssl-secret": "other/client" },
      "error higress.io/proxy-ssl-secret: must name a Secret of the Ingress' own namespace",
    ],
  ])("what is broken is told, and TLS stays TLS: %j", (annotations, told) => {
    const more = secret("client", "other");
    expect(findings(annotations, more)[0]).toStartWith(told);
    if ("proxy-ssl-secret" in annotations) expect(settings(annotations, more)).toMatchObject({ protocol: "https" });
  });
});

describe("settings of several Ingresses for one service", () => {
  const young = (annotations: Record<string, string>): string =>
    shop(annotations, "", "/young").replace(
      '"name":"shop","creationTimestamp":"2026-01',
      '"name":"young","creationTimestamp":"2026-02',
    );

  test("are those of the oldest that has some", () => {
    const { services, findings: found, pieces } = translated(`${shop()}\n---\n${young({ "load-balance": "random" })}`);
    expect(services[entryOf("shop")]).toMatchObject({ loadBalance: "random" });
    expect(pieces.map((piece) => piece.services?.[0])).toEqual([services[entryOf("shop")], services[entryOf("shop")]]);
    expect(found).toEqual([]);
  });

  test("that contradict are told to the younger", () => {
    const text = `${young({ "load-balance": "least_conn" })}\n---\n${shop({ "load-balance": "random" })}`;
    const { services, findings: found } = translated(text);
    expect(services[entryOf("shop")]).toMatchObject({ loadBalance: "random" });
    expect(found).toEqual([
      `Ingress default/young warning metadata.annotations: what it says of the service ${entryOf("shop")} does nothing: Ingress default/shop is older and says otherwise`,
    ]);
  });
});

describe("destinations", () => {
  const BRIDGE = `
apiVersion: networking.higress.io/v1
kind: McpBridge
metadata: { name: default, namespace: higress-system }
spec:
  registries:
    - { type: static, name: one, domain: "10.0.0.1:80,10.0.0.2:80", port: 80 }
    - { type: dns, name: api, domain: api.example.com, port: 443, protocol: https, sni: api.example.com }
`;
  const bridged = (annotations: Readonly<Record<string, string>> = {}, more = BRIDGE): string =>
    shop(annotations, more).replace(
      '{"service":{"name":"shop","port":{"number":80}}}',
      '{"resource":{"apiGroup":"networking.higress.io","kind":"McpBridge","name":"default"}}',
    );
  const of = (annotations: Record<string, string>, more?: string): ReturnType<typeof translated> =>
    translated(bridged(annotations, more));
  const shares = ({ routes }: ReturnType<typeof translated>): unknown =>
    (routes["default/shop/example.com/api"]?.["http"] as { services: unknown } | undefined)?.services;

  test("are services of registries, of Kubernetes and of DNS, with their shares", () => {
    const result = of({
      destination: "70% one.static\n20% shop.default.svc.cluster.local:80\n10% api.example.com:8080",
    });
    expect(result.findings).toEqual([]);
    expect(shares(result)).toEqual([
      { name: "one.static", weight: 70 },
      { name: entryOf("shop"), weight: 20 },
      { name: "api.example.com:8080", weight: 10 },
    ]);
    expect(Object.keys(result.services)).toEqual([entryOf("shop"), "api.example.com:8080"]);
    expect(shares(of({ destination: "svc.DEFAULT-GROUP.public.nacos:8080" }))).toEqual([
      { name: "svc.DEFAULT-GROUP.public.nacos" },
    ]);
  });

  test("may have Dubbo's names, with colons in them", () => {
    for (const name of [
      "providers:com.example.Shop:1.0.0:dev.zookeeper",
      "providers:a.B::.DEFAULT-GROUP.public.nacos",
    ]) {
      expect(shares(of({ destination: name }))).toEqual([{ name }]);
      expect(shares(of({ destination: `100% ${name}:20880` }))).toEqual([{ name }]);
    }
    expect(of({ destination: "a:b:80" }).findings[0]).toContain("names no host");
  });

  test("with settings leave the endpoints to the registry", () => {
    const text = { destination: "a.g.n.nacos", "load-balance": "random", "backend-protocol": "HTTPS" };
    expect(of(text).services["a.g.n.nacos"]).toEqual({
      name: "a.g.n.nacos",
      loadBalance: "random",
      protocol: "https",
      tls: { verify: false },
      endpoints: [],
    });
  });

  test("that are broken are told, the others count", () => {
    const { findings: found, ...result } = of({ destination: "x% one.static\none.static v1\n50%" });
    expect(shares({ findings: found, ...result })).toEqual([{ name: "one.static" }]);
    expect(found.map((one) => one.replace(/^Ingress default\/shop (\w+) higress.io\/destination: /, "$1 "))).toEqual([
      'error "x% one.static" has a weight that is not a whole number (as in 80% shop.default.svc.cluster.local:80)',
      "error no DestinationRule of one.static has the subset v1",
      'error "50%" names no host (as in 80% shop.default.svc.cluster.local:80)',
    ]);
    expect(of({}).findings[0]).toContain("needs the annotation higress.io/destination");
    expect(translated(shop({ destination: "one.static" })).findings[0]).toContain("does nothing beside a Service");
  });

  describe("that are MCP servers", () => {
    const RULE = {
      "mcp-server": "true",
      "mcp-server-match-rule-type": "prefix",
      "mcp-server-match-rule-value": "/api/docs",
      "mcp-server-upstream-type": "streamable",
    };
    const server = (annotations: Record<string, string>, text = shop): unknown =>
      translated(text({ ...RULE, ...annotations })).pieces[0]?.mcpServers;

    test("are entries of mcpServers, on the Ingress' host or the rule's", () => {
      const entry = {
        name: "default/shop/example.com/api/docs",
        route: "default/shop/example.com/api/docs",
        path: "/api/docs",
        hosts: ["example.com"],
        url: { endpoints: ["http://10.0.0.1:8080/api/docs"], transport: "http" },
      };
      expect(server({})).toEqual([entry]);
      expect(server({ "mcp-server-match-rule-domains": "*" })).toEqual([entry]);
      expect(server({ "mcp-server-match-rule-domains": "a.test,b.test" })).toEqual([
        { ...entry, hosts: ["a.test", "b.test"] },
      ]);
    });

    test("are asked at the path that rewrites make of theirs", () => {
      const at = (annotations: Record<string, string>): unknown =>
        (server(annotations) as [{ url: { endpoints: unknown } }] | undefined)?.[0].url.endpoints;
      expect(at({ "rewrite-path": "/v2" })).toEqual(["http://10.0.0.1:8080/v2/docs"]);
      const sse = { "mcp-server-upstream-type": "sse", "mcp-server-enable-path-rewrite": "true" };
      expect(at(sse)).toEqual(["http://10.0.0.1:8080/sse"]);
      expect(at({ ...sse, "mcp-server-path-rewrite-prefix": "/real/" })).toEqual(["http://10.0.0.1:8080/real/sse"]);
      expect(at({ "backend-protocol": "HTTPS" })).toEqual(["https://10.0.0.1:8080/api/docs"]);
    });

    test("may be in an McpBridge", () => {
      expect(server({ destination: "api.dns" }, bridged)).toMatchObject([
        { url: { endpoints: ["https://api.example.com:443/api/docs"], transport: "http" } },
      ]);
    });

    test("heed who may ask, and so stay plain routes that keep sessions at their endpoints", () => {
      for (const guard of [
        { "whitelist-source-range": "10.0.0.0/8" },
        { "ssl-redirect": "true" },
        { "match-method": "POST" },
      ]) {
        const { pieces, config, findings: found } = translated(shop({ ...RULE, ...guard }, "", "/api/docs"));
        expect(pieces[0]?.mcpServers).toBeUndefined();
        expect(config.routes[0]?.http?.sticky).toMatchObject({ header: "mcp-session-id" });
        expect(found[0]).toContain("is passed on as it is: an entry of mcpServers would not heed");
      }
      const sse = { ...RULE, "mcp-server-upstream-type": "sse", "mcp-server-match-rule-type": "suffix" };
      expect(translated(shop(sse)).config.routes[0]?.http?.sticky).toMatchObject({ query: "sessionId" });
    });

    test("stand in the place of an exact path, and beside the name of a prefix", () => {
      const exact = translated(shop(RULE, "", "/api/docs", "Exact"));
      expect([exact.config.routes, exact.config.mcpServers.length]).toEqual([[], 1]);
      const prefix = translated(shop(RULE, "", "/api/docs"));
      expect([prefix.config.routes[0]?.name, prefix.config.mcpServers[0]?.route]).toEqual([
        "default/shop/example.com/api/docs#2",
        "default/shop/example.com/api/docs",
      ]);
    });

    test("stay plain routes where that is what they are", () => {
      for (const plain of [{ "mcp-server-upstream-type": "rest" }, { "mcp-server": "false" }]) {
        expect(server(plain)).toBeUndefined();
        expect(translated(shop({ ...RULE, ...plain })).findings).toEqual([]);
      }
      expect(server({ "mcp-server-match-rule-value": "/elsewhere" })).toBeUndefined();
      expect(server({ destination: "a.g.n.nacos" }, bridged)).toBeUndefined();
      expect(of({ ...RULE, destination: "a.g.n.nacos" }).findings[0]).toContain("are not known yet");
    });

    test.each([
      [
        { "mcp-server-match-rule-type": "suffix" },
        "warning higress.io/mcp-server-match-rule-type: suffix cannot be a server's path",
      ],
      [{ "mcp-server-match-rule-type": "glob" }, "error higress.io/mcp-server-match-rule-type: must be one of"],
      [{ "mcp-server-upstream-type": "grpc" }, "error higress.io/mcp-server-upstream-type: must be one of"],
      [{ "mcp-server-match-rule-value": "docs/" }, "error higress.io/mcp-server-match-rule-value: must be a path"],
    ])("with something broken are told: %j", (annotations, told) => {
      expect(findings({ ...RULE, ...annotations })[0]).toStartWith(told);
      expect(server(annotations)).toBeUndefined();
    });
  });
});

test("a service's own port still says what is spoken when the Ingress says nothing", () => {
  const grpc = service("shop", "10.0.0.1:9000").replaceAll("name: web", "name: grpc-web");
  const { services } = translated(`${shop().split("---")[0]}---${grpc}`);
  expect(services[entryOf("shop")]).toMatchObject({ protocol: "grpc" });
});
