import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "bun:test";
import { FakeApiServer } from "#tests/support/fake-api-server.ts";
import { explainCommand } from "#src/command/explain/command.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CONFIG = {
  listeners: [
    { name: "outer", port: 80 },
    { name: "inner", port: 8080 },
  ],
  providers: [{ id: "echo", type: "echo" }],
  services: [{ name: "orders", endpoints: ["10.0.0.1:9000"] }],
  routes: [
    {
      name: "small",
      match: { path: { prefix: "/v1" }, models: ["small-*"] },
      ai: { upstreams: [{ provider: "echo" }] },
    },
    {
      name: "large",
      match: { path: { prefix: "/v1" }, models: ["large-*"] },
      ai: { upstreams: [{ provider: "echo", model: "big" }] },
    },
    {
      name: "canary",
      match: { path: { prefix: "/orders" }, headers: [{ name: "x-canary", exact: "1" }] },
      response: { status: 200, body: "" },
    },
    {
      name: "orders",
      match: { path: { prefix: "/orders" }, methods: ["GET"] },
      http: {
        services: [{ name: "orders" }],
        fallback: { service: "orders", on: [503] },
        mirror: [{ service: "orders", percent: 5 }],
      },
      plugins: [{ name: "ip-restriction", config: { allow: ["10.0.0.0/8"] } }],
    },
    { name: "inside", match: { path: { exact: "/inside" }, listeners: ["inner"] }, response: { status: 200 } },
    { name: "rest", match: { path: { prefix: "/" } }, redirect: { status: 302, host: "example.com" } },
  ],
  plugins: [
    { name: "bot-detect", rules: [{ routes: ["rest"], disabled: true }], config: {} },
    { name: "cors", rules: [{ domains: ["*.example.com"], config: {} }] },
  ],
};

type Explained = Promise<{ code: number; out: string; told: string }>;

const explain = (...args: string[]): Explained => explainOf(CONFIG, ...args);

function explainOf(config: object, ...args: string[]): Explained {
  const file = join(folder, "gateway.json");
  writeFileSync(file, JSON.stringify(config));
  return explained("--config", file, ...args);
}

async function explained(...args: string[]): Explained {
  let [out, told] = ["", ""];
  const world = {
    readFile: (path: string) => readFileSync(path, "utf8"),
    writeFile: () => {},
    fetch: () => Promise.reject(new Error("There is no network.")),
    print: (text: string) => void (out += text),
    tell: (text: string) => void (told += text),
  };
  return { code: await explainCommand.run(args, world), out, told };
}

describe("says what a request takes", () => {
  test("an HTTP route, its service, and why the others are not it", async () => {
    const { code, out } = await explain("--request", "GET https://shop.example.com/orders/7?a=1");
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "GET shop.example.com/orders/7",
      'route orders: matches {"hosts":["*"],"path":{"prefix":"/orders"},"methods":["GET"]}',
      "  asks orders (weight 1): 10.0.0.1:9000",
      "  else asks orders: without an endpoint or after 503",
      "  copies 5 % to orders",
      "  not canary: its headers do not match",
      "  not rest: matches too, but less exactly or later in the file",
      "plugins, in order:",
      "  ip-restriction (AUTHN), by its route",
      "  cors (AUTHZ), by its rules[0]",
      "  bot-detect (AUTHZ), by its config",
      "",
    ]);
  });

  test("a plugin that is broken, and what holds then", async () => {
    const plugins = [{ name: "bot-detect", config: {}, broken: "no" }];
    const { out } = await explainOf({ ...CONFIG, plugins }, "--request", "GET http://h/x");
    expect(out).toContain("  bot-detect (AUTHZ), by its config; broken, so that FAIL_OPEN holds: no");
  });

  test("a header may choose", async () => {
    const { out } = await explain("--request", "POST http://h/orders", "--header", "x-canary: 1");
    expect(out).toContain("route canary:");
    expect(out).toContain("not orders: its methods do not match");
  });

  test("a model may choose, and is asked for", async () => {
    const without = await explain("--request", "POST http://h/v1/chat/completions");
    expect([without.code, without.out.includes("tell it with --model")]).toEqual([1, true]);
    const { out } = await explain("--request", "POST http://h/v1/chat/completions", "--model", "large-1");
    expect(out).toContain("route large:");
    expect(out).toContain("asks echo (big)");
    expect(out).toContain("not small: its models do not match");
  });

  test("a listener may choose: that of the port, unless it is named", async () => {
    expect((await explain("--request", "GET http://h/inside")).out).toContain("not inside: its listeners do not match");
    expect((await explain("--request", "GET http://h:8080/inside")).out).toContain("route inside:");
    expect((await explain("--request", "GET http://h/inside", "--listener", "inner")).out).toContain("route inside:");
  });

  test("a plugin may be off", async () => {
    const { out } = await explain("--request", "GET http://h/else");
    expect(out).toContain("redirects with 302");
    expect(out).toContain("  bot-detect (AUTHZ), off, by its rules[0]\n");
  });
});

test.each([
  [[], "--request is a method and a URL"],
  [["--request", "GET /orders"], "--request is a method and a URL"],
  [["--request", "GET http://h/", "--header", "nothing"], "--header is 'name: value'"],
])("%j is not understood", async (args, problem) => {
  const { code, told } = await explain(...args);
  expect(code).toBe(2);
  expect(told).toContain(problem);
});

describe("with Envoy in front", () => {
  const behind = {
    ...CONFIG,
    listeners: [...CONFIG.listeners, { name: "tier", port: 9080, behindEnvoy: true }],
    plugins: [{ name: "bot-detect", rules: [{ domains: ["shop.example.com"], config: {} }] }],
  };

  test.each([
    ["GET http://x.example.com/orders", "  by Sluice behind Envoy: its fallback is asked after answers (fallback.on)"],
    ["GET http://shop.example.com/rest", "  by Sluice behind Envoy: the plugin bot-detect is none of Envoy's own"],
    ["GET http://x.example.com/rest", "  by Envoy itself"],
  ])("%s is answered%s", async (request, line) => {
    expect((await explainOf(behind, "--request", request)).out.split("\n")).toContain(line);
  });

  test("an AI route is answered by Sluice", async () => {
    const { out } = await explainOf(behind, "--request", "POST http://x/v1/chat/completions", "--model", "small-1");
    expect(out).toContain("  by Sluice behind Envoy: it speaks to models\n");
  });

  test("nothing is said of Envoy where there is none", async () => {
    expect((await explain("--request", "GET http://x/orders")).out).not.toContain("Envoy");
  });
});

describe("with Kubernetes objects", () => {
  const metadata = { name: "shop", namespace: "default", annotations: { "higress.io/timeout": "soon" } };
  const backend = { service: { name: "shop", port: { number: 80 } } };
  const paths = [{ path: "/", pathType: "Prefix", backend }];
  const spec = { ingressClassName: "higress", rules: [{ host: "shop.test", http: { paths } }] };
  const ingress = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "shop", namespace: "default" },
    spec: { type: "ExternalName", externalName: "shop.internal", ports: [{ port: 80 }] },
  };
  const request = ["--request", "GET http://shop.test/orders"];

  function resources(...objects: readonly object[]): string {
    const made = mkdtempSync(join(folder, "resources-"));
    for (const [index, object] of objects.entries()) writeFileSync(join(made, `${index}.json`), JSON.stringify(object));
    return made;
  }

  const WANTED = [
    "  by Ingress default/shop",
    "  asks shop.default.svc.cluster.local:80 (weight 1): shop.internal:80",
    "plugins: none",
  ];

  test("of a folder: which one the route is by, and what of it does not hold", async () => {
    const { code, out } = await explained("--resources", resources(ingress, service), ...request);
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines.filter((line) => WANTED.includes(line))).toEqual(WANTED);
    expect(lines.find((line) => line.startsWith("    error:"))).toContain('annotations["higress.io/timeout"]');
  });

  test("over a file, whose routes are by no object", async () => {
    const folderOf = resources(ingress, service);
    const { out } = await explain("--resources", folderOf, "--request", "GET http://h/orders");
    expect(out).toContain("route orders:");
    expect(out).not.toContain("  by ");
    expect((await explain("--resources", folderOf, ...request)).out).toContain(WANTED[0] ?? "");
  });

  test("of an API server, which is only read", async () => {
    await using server = new FakeApiServer();
    server.put("/apis/networking.k8s.io/v1/namespaces/default/ingresses", ingress);
    server.put("/api/v1/namespaces/default/services", service);
    const kubeconfig = join(folder, "kubeconfig");
    const file = {
      "current-context": "it",
      contexts: [{ name: "it", context: { cluster: "it", user: "me" } }],
      clusters: [{ name: "it", cluster: { server: server.url } }],
      users: [{ name: "me", user: { token: server.token } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(file));
    const { code, out } = await explained("--kubeconfig", kubeconfig, ...request);
    expect(code).toBe(0);
    expect(out.split("\n").filter((line) => WANTED.includes(line))).toEqual(WANTED);
    expect(server.asked.filter((line) => !line.startsWith("GET ") || line.includes("leases"))).toEqual([]);
  });

  test("a service of a registry is said to be one, and what cannot be read is told", async () => {
    const resource = { apiGroup: "networking.higress.io", kind: "McpBridge", name: "default" };
    const made = resources({
      ...ingress,
      metadata: { name: "shop", annotations: { "higress.io/destination": "api.dns" } },
      spec: { ...spec, rules: [{ host: "shop.test", http: { paths: [{ ...paths[0], backend: { resource } }] } }] },
    });
    writeFileSync(join(made, "broken.yaml"), "{");
    const { out, told } = await explained("--resources", made, ...request);
    expect(out).toContain("  asks api.dns (weight 1): its registry is not asked here\n");
    expect(told).toContain("broken.yaml:1: ");
    const missing = await explained("--resources", join(folder, "nowhere"), ...request);
    expect([missing.code, missing.told.includes("is no folder")]).toEqual([1, true]);
  });
});
