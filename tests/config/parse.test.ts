import { describe, expect, test } from "bun:test";
import { anything, array, assert, constantFrom, dictionary, property, string } from "fast-check";
import { stringify } from "yaml";
import { load, loaded } from "./load.ts";

test("an empty mapping is a gateway with nothing behind it", () => {
  expect(loaded("{}")).toEqual({
    listeners: [{ name: "http-8080", host: "0.0.0.0", port: 8080 }],
    admin: { host: "127.0.0.1", port: 8081 },
    acme: {
      directory: "https://acme-v02.api.letsencrypt.org/directory",
      challenges: ["http-01"],
      dnsPropagation: 60_000,
      renewBefore: 1 / 3,
      keyType: "ecdsa",
    },
    store: "memory",
    sessions: { keys: [] },
    storedResponses: { ttl: 604_800_000, maxSize: 4_194_304 },
    consumers: [],
    providers: [],
    prices: {},
    compression: false,
    downstream: {},
    upstream: {},
    tracing: false,
    addXRealIpHeader: false,
    disableXEnvoyHeaders: false,
    services: [],
    registries: [],
    proxies: [],
    routes: [],
    tcpRoutes: [],
    plugins: [],
    mcpServers: [],
    kubernetes: {
      ingressClass: "higress",
      controllerName: "higress.io/gateway-controller",
      systemNamespace: "higress-system",
      addresses: [],
      ports: {},
    },
  });
});

describe("providers", () => {
  test("are filled in, and the fields of their type set apart", () => {
    expect(loaded("providers: [{ type: local, slots: 2, baseUrl: 'HTTP://Host:1/v1/' }]").providers).toEqual([
      {
        id: "local",
        type: "local",
        apiTokens: [],
        baseUrl: "http://host:1/v1",
        modelMapping: {},
        failover: {
          enabled: true,
          failureThreshold: 1,
          healthCheckInterval: 5_000,
          healthCheckTimeout: 5_000,
          successThreshold: 1,
        },
        protocol: "openai",
        timeouts: {},
        customSettings: [],
        timeout: 120_000,
        contextCleanupCommands: [],
        reasoningContentMode: "passthrough",
        hiclawMode: false,
        basePathHandling: "removePrefix",
        options: { slots: 2 },
      },
    ]);
  });

  test("take Higress' failover and retry fields", () => {
    const [provider] = loaded(`
providers:
  - type: openai
    apiTokens: [a, b]
    failover: { enabled: true, cooldownDuration: 5000, failoverOnStatus: ["4.*"] }
    retryOnFailure: { enabled: true }
    protocol: original
`).providers;
    expect(provider?.failover).toMatchObject({ enabled: true, cooldown: 5_000, failoverOnStatus: ["4.*"] });
    expect(provider?.retryOnFailure).toEqual({
      enabled: true,
      maxRetries: 1,
      retryTimeout: 60_000,
      retryOnStatus: ["4.*", "5.*"],
    });
    expect(provider?.protocol).toBe("original");
  });

  test("keep the order of modelMapping", () => {
    const [provider] = loaded(
      "providers: [{ type: echo, modelMapping: { '~b': x, '~a': y, 'z*': '', '*': d } }]",
    ).providers;
    expect(Object.entries(provider?.modelMapping ?? {})).toEqual([
      ["~b", "x"],
      ["~a", "y"],
      ["z*", ""],
      ["*", "d"],
    ]);
  });
});

test("services get ports and weights", () => {
  const [plain, tls] = loaded(`
services:
  - { name: a, endpoints: ["h:1", { address: "[::1]", weight: 3 }], loadBalance: hash, hash: { header: x-user } }
  - { name: b, endpoints: [h], protocol: https }
`).services;
  expect(plain).toEqual({
    name: "a",
    protocol: "http",
    endpoints: [
      { host: "h", port: 1, weight: 1 },
      { host: "[::1]", port: 80, weight: 3 },
    ],
    loadBalance: "hash",
    hash: { header: "x-user" },
  });
  expect(tls).toMatchObject({ endpoints: [{ host: "h", port: 443 }] });
});

describe("routes", () => {
  test("of AI", () => {
    const [route] = loaded(`
providers: [{ type: echo }]
routes: [{ name: r, match: { hosts: [API.Example.com], methods: [post], models: ["gpt-*"] }, ai: { upstreams: [{ provider: echo }] } }]
`).routes;
    expect(route).toEqual({
      name: "r",
      match: { hosts: ["api.example.com"], path: { prefix: "/" }, methods: ["POST"], models: ["gpt-*"] },
      public: false,
      strict: false,
      maxBodySize: 104_857_600,
      ai: { pick: "weight", upstreams: [{ provider: "echo", weight: 1 }], responseModel: "upstream", timeouts: {} },
    });
  });

  test("of HTTP", () => {
    const [route] = loaded(`
services: [{ name: s, endpoints: [h] }]
routes:
  - name: r
    maxBodySize: 1KiB
    http:
      services: [{ name: s }]
      timeout: 30s
      retry: { attempts: 2, on: [connect-failure, 429, 5XX] }
      rewrite: { path: { regex: "^/a/(.*)", substitution: "/$1" }, host: h.internal }
      requestHeaders: { set: { x-a: 1 }, remove: [cookie] }
`).routes;
    expect(route?.maxBodySize).toBe(1_024);
    expect(route?.http).toEqual({
      services: [{ name: "s", weight: 1 }],
      timeout: 30_000,
      retry: { attempts: 2, on: ["connect-failure", "429", "5xx"] },
      rewrite: { path: { regex: "^/a/(.*)", substitution: "/$1" }, host: "h.internal" },
      requestHeaders: { set: { "x-a": "1" }, add: {}, remove: ["cookie"] },
      websocket: true,
    });
  });

  test("of the other kinds, without a limit on bodies", () => {
    const [redirect, response] = loaded(`
routes:
  - { name: a, redirect: { scheme: https, status: 308 } }
  - { name: b, match: { headers: [{ name: X-A, present: true }], query: [{ name: q, regex: "^a+$" }] }, response: { status: 404, body: "" } }
`).routes;
    expect(redirect).toMatchObject({ redirect: { scheme: "https", status: 308 } });
    expect(redirect).not.toHaveProperty("maxBodySize");
    expect(response?.response).toEqual({ status: 404, headers: {}, body: "" });
    expect(response?.match.headers).toEqual([{ name: "X-A", present: true }]);
  });
});

describe("pick: owner", () => {
  const upstreams = (text: string) => loaded(text).routes[0]?.ai;
  const providers = (...types: readonly string[]): string =>
    `providers: [${types.map((type) => `{ type: ${type}, apiTokens: [k] }`).join(", ")}]\n`;

  test("means all providers, with what their types own", () => {
    const ai = upstreams(`${providers("openai", "claude", "local")}routes: [{ name: r, ai: { pick: owner } }]`);
    expect(ai?.upstreams).toEqual([
      { provider: "openai", weight: 1, owns: ["gpt-", "o1"] },
      { provider: "claude", weight: 1, owns: ["claude-"] },
      { provider: "local", weight: 1, owns: [] },
    ]);
    expect(ai).not.toHaveProperty("otherwise");
  });

  test("may be narrowed, and own other models", () => {
    const ai = upstreams(
      `${providers("openai", "local")}routes: [{ name: r, ai: { pick: owner, upstreams: [{ provider: local, owns: [my-] }, { provider: openai }], otherwise: local } }]`,
    );
    expect(ai?.upstreams.map(({ owns }) => owns)).toEqual([["my-"], ["gpt-", "o1"]]);
    expect(ai?.otherwise).toBe("local");
  });

  test("gives the only real provider what nobody owns", () => {
    expect(upstreams(`${providers("openai", "echo")}routes: [{ name: r, ai: { pick: owner } }]`)?.otherwise).toBe(
      "openai",
    );
    expect(upstreams(`${providers("echo")}routes: [{ name: r, ai: { pick: owner } }]`)?.otherwise).toBe("echo");
  });
});

describe("references", () => {
  test("reach into any text, and may stand for numbers and truth values", () => {
    const config = loaded(
      'listeners: [{ port: "${env:PORT}", host: "${env:HOST:-::}" }]\nroutes: [{ name: r, public: "${env:OPEN}", response: { status: "${file:status}" } }]',
      {
        env: { PORT: "9000", OPEN: "true" },
        files: { "conf/status": "204\n" },
      },
    );
    expect(config.listeners).toEqual([{ name: "http-9000", host: "::", port: 9000 }]);
    expect(config.routes[0]).toMatchObject({ public: true, response: { status: 204 } });
  });

  test("name the files a configuration depends on", () => {
    const result = load('admin: { token: "${file:/run/token}" }', { files: { "/run/token": "t" } });
    expect(result).toMatchObject({ ok: true, files: ["/run/token"], config: { admin: { token: "t" } } });
    expect(load('admin: { token: "${file:none}" }')).toMatchObject({ ok: false, files: ["conf/none"] });
  });
});

test("ACME's settings are filled in, its files found beside the configuration", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nx\n";
  const text =
    "acme: { email: ops@example.com, caCertificate: ca.pem, storage: certs, challenges: [dns-01], dns: { command: [./txt] } }\n" +
    "listeners: [{ port: 1, tls: { auto: ['*.Example.com'] } }]";
  expect(load(text, { files: { "conf/ca.pem": pem } })).toMatchObject({
    ok: true,
    config: {
      acme: { email: "ops@example.com", caCertificate: pem, storage: "conf/certs", dns: { command: ["./txt"] } },
      listeners: [{ name: "https-1", tls: { certificates: [], auto: ["*.example.com"] } }],
    },
  });
});

test("certificates are read, each file once, or given as PEM", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nx\n";
  const text =
    "listeners: [{ port: 1, tls: { certificates: [{ cert: a.pem, key: a.pem, clientCa: ca.pem, hosts: [a] }, { cert: '${env:PEM}', key: '${file:a.pem}' }] } }]";
  const result = load(text, { files: { "conf/a.pem": pem, "conf/ca.pem": pem }, env: { PEM: pem } });
  expect(result).toMatchObject({
    ok: true,
    files: ["conf/a.pem", "conf/ca.pem"],
    config: {
      listeners: [
        {
          tls: {
            certificates: [
              { cert: pem, key: pem, clientCa: pem, hosts: ["a"] },
              { cert: pem, key: pem.trimEnd() },
            ],
          },
        },
      ],
    },
  });
});

test("xds has its usual address, and its PEM files are read", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nx\n";
  expect(loaded("xds: {}").xds).toEqual({ host: "127.0.0.1", port: 15_010, virtualHosts: "vhds", views: [] });
  expect(loaded("xds: { tier: { endpoints: ['[::1]:80', 'sluice:8080'] } }").xds?.tier).toEqual({
    endpoints: [
      { host: "::1", port: 80 },
      { host: "sluice", port: 8080 },
    ],
    protocol: "http",
  });
  expect(loaded("store: memory")).not.toHaveProperty("xds");
  const tls = "{ cert: a.pem, key: a.pem, clientCa: a.pem }";
  const result = load(`xds: { host: 0.0.0.0, tls: ${tls} }`, { files: { "conf/a.pem": pem } });
  expect(result).toMatchObject({
    ok: true,
    files: ["conf/a.pem"],
    config: { xds: { tls: { cert: pem, key: pem, clientCa: pem } } },
  });
});

test("anchors, aliases and merges work; own keys and the first merged win", () => {
  const { services } = loaded(`
services:
  - &base { name: a, endpoints: &e [h], protocol: https }
  - { <<: *base, name: b }
  - { <<: [{ protocol: http }, *base], name: c, endpoints: *e }
`);
  expect(services.map(({ name, protocol, endpoints }) => [name, protocol, endpoints.length])).toEqual([
    ["a", "https", 1],
    ["b", "https", 1],
    ["c", "http", 1],
  ]);
});

describe("never throws, and finds something or nothing wrong", () => {
  const sane = (text: string): void => {
    const result = load(text);
    if (result.ok) return;
    expect(result.errors.length).toBeGreaterThan(0);
    for (const { line, column } of result.errors) expect(line >= 1 && column >= 1).toBe(true);
  };

  test("on any text", () => assert(property(string({ unit: "binary" }), sane)));

  test("on pieces of YAML in any order", () => {
    const piece = constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      ",",
      "&x ",
      "*x",
      "<<: ",
      "!t ",
      '"',
      "'",
      "|",
      ">",
      "#",
      "\t",
      "routes",
      "ai",
      "${env:A}",
      "---\n",
      "? ",
      "null",
      "1",
    );
    assert(property(array(piece, { maxLength: 30 }), (pieces) => sane(pieces.join(""))));
  });

  test("on any value under the known keys", () => {
    const keys = constantFrom(
      "listeners",
      "admin",
      "store",
      "consumers",
      "providers",
      "services",
      "routes",
      "plugins",
      "name",
      "type",
      "ai",
      "http",
      "match",
      "upstreams",
      "tls",
    );
    const value = dictionary(keys, anything({ maxDepth: 4, key: keys, withNullPrototype: false }));
    assert(
      property(value, (config) =>
        sane(JSON.stringify(config, (_, item: unknown) => (typeof item === "bigint" ? "" : item))),
      ),
    );
  });

  test("reads back what it was given as YAML and as JSON", () => {
    const config = { routes: [{ name: "r", response: { status: 200, body: "ä: [b]\n#" } }], admin: false };
    expect(loaded(stringify(config))).toEqual(loaded(JSON.stringify(config)));
  });
});
