import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "bun:test";
import type { Config } from "#config/model.ts";
import { loadConfig } from "#config/parse.ts";
import { convertCommand } from "#src/command/convert/command.ts";
import { registry } from "#src/registry.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CONSOLE = readFileSync(new URL("../fixtures/kubernetes/console-ai-route.yaml", import.meta.url), "utf8");
const pem = (name: string): string =>
  Buffer.from(readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url))).toString("base64");

const SHOP = `
apiVersion: v1
kind: Secret
metadata: { name: a-tls, namespace: shop }
type: kubernetes.io/tls
data: { tls.crt: ${pem("a.test.pem")}, tls.key: ${pem("a.test.key.pem")} }
---
apiVersion: v1
kind: Secret
metadata: { name: keys, namespace: shop }
data: { token: ${Buffer.from("a-very-secret-token").toString("base64")} }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-a, namespace: shop, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ name: http, port: 8080 }]
endpoints: [{ addresses: [10.0.0.1] }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  ingressClassName: higress
  tls: [{ hosts: [a.test], secretName: a-tls }]
  rules:
    - host: a.test
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
---
apiVersion: extensions.higress.io/v1alpha1
kind: WasmPlugin
metadata: { name: reply, namespace: higress-system }
spec:
  url: oci://r/custom-response:1.0.0
  matchRules:
    - { ingress: [shop/web], config: { status_code: 200, headers: ["x-a=Bearer \${secret.shop/keys.token}"], body: "\${x}" } }
`;

interface Converted {
  readonly code: number;
  readonly out: string;
  readonly told: string;
  readonly files: ReadonlyMap<string, string>;
}

async function convert(objects: string | undefined, ...args: string[]): Promise<Converted> {
  const place = join(folder, crypto.randomUUID());
  if (objects !== undefined) {
    mkdirSync(join(place, "deep"), { recursive: true });
    writeFileSync(join(place, "deep", "objects.yaml"), objects);
    writeFileSync(join(place, ".hidden.yaml"), "nonsense");
  }
  let [out, told] = ["", ""];
  const files = new Map<string, string>();
  const world = {
    readFile: (path: string) => readFileSync(path, "utf8"),
    writeFile: (path: string, text: string) => void files.set(path, text),
    fetch: () => Promise.reject(new Error("There is no network.")),
    print: (text: string) => void (out += text),
    tell: (text: string) => void (told += text),
  };
  const code = await convertCommand.run(["--from", "higress", ...args, place], world);
  return { code, out, told, files };
}

/** Reads a converted file with what it wants beside it. */
function load(text: string, env: Record<string, string> = {}, files: Record<string, string> = {}): Config {
  const { providers: definitions, plugins } = registry;
  const readFile = (path: string): string => {
    const found = files[path];
    if (found === undefined) throw new Error(`there is no ${path}`);
    return found;
  };
  const result = loadConfig(text, { file: "gateway.yaml", env, readFile, definitions, mcp: registry, plugins });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.config;
}

test("an AI route of Higress' console becomes a file that means the same", async () => {
  const { code, out, told } = await convert(CONSOLE);
  expect(code).toBe(0);
  expect(out).not.toContain("sk-one");
  expect(out).not.toContain("alice-key");
  expect(told).toContain("env OPENAI_API_TOKENS_1: openai apiTokens 1");
  const env = {
    OPENAI_API_TOKENS_1: "sk-one",
    OPENAI_API_TOKENS_2: "sk-two",
    SPARE_API_TOKENS_1: "spare-key",
    KEY_AUTH_INTERNAL_ALICE_CREDENTIALS_1: "Bearer alice-key",
    KEY_AUTH_INTERNAL_BOB_CREDENTIALS_1: "Bearer bob-key",
  };
  const config = load(out, env);
  expect(config).toEqual(load((await convert(CONSOLE, "--inline-secrets")).out));
  expect(config.routes[0]?.ai?.upstreams.map(({ provider }) => provider)).toEqual(["local", "openai"]);
  expect(config.providers.find(({ id }) => id === "openai")?.apiTokens).toEqual(["sk-one", "sk-two"]);
});

test("Secrets become variables and files, and Services the names they have in the cluster", async () => {
  const { code, out, told } = await convert(SHOP);
  expect(told).toContain("env SHOP_KEYS_TOKEN: Secret shop/keys, key token");
  expect(told).toContain("file secrets/shop-a-tls-tls.key: Secret shop/a-tls, key tls.key");
  expect(code).toBe(0);
  expect(out).not.toContain("a-very-secret-token");
  const files = Object.fromEntries(
    [
      ["tls.crt", "a.test.pem"],
      ["tls.key", "a.test.key.pem"],
    ].map(([key, name]) => [
      `secrets/shop-a-tls-${key}`,
      readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8"),
    ]),
  );
  const config = load(out, { SHOP_KEYS_TOKEN: "a-very-secret-token" }, files);
  expect(config.services).toMatchObject([{ endpoints: [{ host: "web.shop.svc.cluster.local", port: 80 }] }]);
  expect(config.listeners.map(({ name, tls }) => [name, tls?.certificates.length])).toEqual([
    ["http", undefined],
    ["https", 1],
  ]);
  expect(config.plugins[0]?.rules[0]?.config).toEqual({
    status_code: 200,
    headers: ["x-a=Bearer a-very-secret-token"],
    body: "${x}",
  });
});

test("certificates by domain become those of the listener, and names to get them for", async () => {
  const domains = `
apiVersion: v1
kind: ConfigMap
metadata: { name: higress-https, namespace: higress-system }
data:
  cert: |
    acmeIssuer: [{ name: letsencrypt, email: ops@example.com }]
    credentialConfig:
    - { domains: [got.test], tlsIssuer: letsencrypt, tlsSecret: got }
    - { domains: [asked.test], tlsIssuer: letsencrypt, tlsSecret: asked }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: asked, namespace: shop, annotations: { higress.io/auth-tls-secret: ca } }
spec:
  ingressClassName: higress
  tls: [{ hosts: [asked.test, plain.test] }]
  rules:
    - host: asked.test
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
---
apiVersion: v1
kind: Secret
metadata: { name: ca, namespace: shop }
data: { ca.crt: ${pem("authority.pem")} }
`;
  const { code, out, told } = await convert(`${SHOP}\n---\n${domains}`);
  const files = new Proxy<Record<string, string>>({}, { get: () => "-----BEGIN " });
  const config = load(out, { SHOP_KEYS_TOKEN: "t" }, files);
  const https = config.listeners.find(({ tls }) => tls !== undefined);
  expect(https?.tls?.auto).toEqual(["got.test"]);
  expect(https?.tls?.certificates.map(({ hosts, clientCa }) => [hosts, clientCa !== undefined])).toEqual([
    [["a.test"], false],
    [["asked.test"], true],
    [["plain.test"], true],
  ]);
  expect(config.acme.email).toBe("ops@example.com");
  expect(code).toBe(1);
  expect(told).toContain("asked.test is left out: the file cannot ask clients of names of auto");
});

test("what is wrong is told, and what is left is written", async () => {
  const broken = SHOP.replace("name: web, port: { number: 80 }", "name: none, port: { number: 80 }");
  const { code, out, told } = await convert(`${broken}\n---\nnot: an object\n`);
  expect(code).toBe(1);
  expect(told).toContain("deep/objects.yaml:");
  expect(told).toContain("error: Ingress shop/web");
  expect(out).toContain("custom-response");
});

test("--output is where the file goes", async () => {
  const { out, files } = await convert(SHOP, "--output", "made/gateway.yaml");
  expect(out).toBe("");
  expect(files.get("made/gateway.yaml")).toContain("routes:");
  expect(dirname([...files.keys()][0] ?? "")).toBe("made");
});

test.each([
  [["--from", "nginx", "x"], 2, "--from is higress"],
  [["--from", "higress"], 2, "one folder"],
  [["--from", "higress", "--nonsense", "x"], 2, "nonsense"],
])("%j is answered %d", async (args, code, why) => {
  let told = "";
  const world = {
    readFile: () => "",
    writeFile: () => {},
    fetch: () => Promise.reject(new Error("There is no network.")),
    print: () => {},
    tell: (text: string) => void (told += text),
  };
  expect(await convertCommand.run(args, world)).toBe(code);
  expect(told).toContain(why);
});

test("a folder that is not there is told", async () => {
  const { code, told } = await convert(undefined);
  expect([code, told]).toEqual([1, expect.stringContaining("cannot be read")]);
});

test("a WasmPlugin with errors is written as one that lets nobody pass", async () => {
  const plugin = `---
apiVersion: extensions.higress.io/v1alpha1
kind: WasmPlugin
metadata: { name: blocks, namespace: higress-system }
spec:
  url: oci://r/ip-restriction:1.0.0
  matchRules:
    - { ingress: [shop/web], config: { deny: [nonsense] } }
    - { ingress: [shop/other], config: { deny: [192.0.2.1] } }
`;
  const { out, told } = await convert(SHOP + plugin, "--inline-secrets");
  expect(told).toContain("(blocks: rules[0].config)");
  const blocks = load(out).plugins.find(({ id }) => id === "blocks");
  expect(blocks?.rules.map(({ broken, config }) => [broken === undefined, config])).toEqual([
    [false, {}],
    [true, { deny: ["192.0.2.1"] }],
  ]);
});
