import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "bun:test";
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

async function explainOf(config: object, ...args: string[]): Explained {
  const file = join(folder, "gateway.json");
  writeFileSync(file, JSON.stringify(config));
  let [out, told] = ["", ""];
  const world = {
    readFile: (path: string) => readFileSync(path, "utf8"),
    writeFile: () => {},
    fetch: () => Promise.reject(new Error("There is no network.")),
    print: (text: string) => void (out += text),
    tell: (text: string) => void (told += text),
  };
  return { code: await explainCommand.run(["--config", file, ...args], world), out, told };
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
