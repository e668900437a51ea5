import { describe, expect, test } from "bun:test";
import { pluginNameOf } from "#config/kubernetes/higress/plugin-image.ts";
import { wasmPluginTranslator } from "#config/kubernetes/higress/wasm-plugin.ts";
import type { Piece } from "#config/kubernetes/translator.ts";
import { configSchema } from "#config/model.ts";
import { pluginProblems } from "#config/plugin-checks.ts";
import { registry } from "#src/registry.ts";
import { lookupOf, resourcesOf, translatorOptions } from "../../../support/kubernetes.ts";

const translator = wasmPluginTranslator({
  builtIns: new Set(registry.plugins.map(({ name }) => name)),
  definitions: registry.providers,
  hostVariable: (name) => (name === "REGION" ? "eu" : undefined),
});

/** What a WasmPlugin of this spec comes to; what it emits must be good configuration. */
function pieceOf(spec: string, others = "", namespace = "higress-system"): Piece {
  const indented = spec.trim().replaceAll("\n", "\n  ");
  const yaml = `apiVersion: extensions.higress.io/v1alpha1
kind: WasmPlugin
metadata: { name: mine, namespace: ${namespace} }
spec:
  ${indented}
`;
  const [plugin, ...rest] = resourcesOf(`${yaml}---\n${others}`);
  if (plugin === undefined) throw new Error("There is no plugin.");
  const piece = translator.translate(plugin, lookupOf([plugin, ...rest]), translatorOptions());
  const plugins = (piece.plugins ?? []).filter(({ name }) => name !== "ai-proxy");
  configSchema(registry.providers, registry).parse({ plugins });
  expect(pluginProblems({ plugins }, registry.plugins)).toEqual([]);
  return piece;
}

describe("the plugin of an address", () => {
  test.each([
    ["oci://higress-registry.cn-hangzhou.cr.aliyuncs.com/plugins/key-auth:1.0.0", "key-auth"],
    ["registry:5000/team/ai-proxy", "ai-proxy"],
    ["oci://r/plugins/cors@sha256:0123456789abcdef", "cors"],
    ["file:///opt/plugins/wasm-go/extensions/key-auth/plugin.wasm", "key-auth"],
    ["http://higress-plugin-server.higress-system.svc/plugins/model-router/2.0.0/plugin.wasm", "model-router"],
    ["https://server/basic_auth.wasm?x=1", "basic-auth"],
    ["oci://r/plugins/transformer:2.0.1-rc.1", "transformer"],
  ])("%s is %s", (url, name) => {
    expect(pluginNameOf(url)).toBe(name);
  });
});

describe("a WasmPlugin", () => {
  test("that is built in runs the built-in", () => {
    const piece = pieceOf(`
url: oci://registry/plugins/request-block:1.0.0
phase: AUTHZ
priority: 7
failStrategy: FAIL_OPEN
defaultConfig: { block_urls: [swagger.html] }
matchRules:
- ingress: [shop, team/orders]
  config: { block_urls: [/secret] }
- domain: ["*.example.com"]
  service: [a.static]
  config: { block_urls: [/] }
- ingress: [off]
  configDisable: true
- ingress: [calls]
  routeType: GRPC
  config: { block_urls: [/x] }`);
    expect(piece).toEqual({
      plugins: [
        {
          name: "request-block",
          id: "mine",
          phase: "AUTHZ",
          priority: 7,
          failStrategy: "FAIL_OPEN",
          config: { block_urls: ["swagger.html"] },
          rules: [
            {
              routePrefixes: [
                "higress-system/shop/",
                "HTTPRoute/higress-system/shop/",
                "team/orders/",
                "HTTPRoute/team/orders/",
              ],
              config: { block_urls: ["/secret"] },
            },
            { domains: ["*.example.com"], services: ["a.static"], config: { block_urls: ["/"] } },
            { routePrefixes: ["GRPCRoute/higress-system/calls/"], config: { block_urls: ["/x"] } },
          ],
        },
      ],
      findings: [],
    });
  });

  test("with a file of its own is fetched", () => {
    const secret = `
apiVersion: v1
kind: Secret
metadata: { name: pull, namespace: higress-system }
type: kubernetes.io/dockerconfigjson
data: { .dockerconfigjson: e30= }`;
    const piece = pieceOf(
      `
url: registry/team/own:1
sha256: ${"a".repeat(64)}
imagePullPolicy: Always
imagePullSecret: pull
verificationKey: key
pluginName: root
vmConfig:
  env:
  - { name: A, value: "1" }
  - { name: REGION, valueFrom: HOST }
  - { name: NONE, valueFrom: HOST }
defaultConfig: { a: 1 }`,
      secret,
    );
    expect(piece.plugins).toEqual([
      {
        name: "mine",
        url: "oci://registry/team/own:1",
        sha256: "a".repeat(64),
        pull: "Always",
        credentials: { dockerConfig: "{}" },
        config: { a: 1 },
        vm: { rootId: "root", environment: { A: "1", REGION: "eu" } },
      },
    ]);
    expect(piece.findings.map(({ field, severity }) => [field, severity])).toEqual([
      ["spec.verificationKey", "warning"],
      ["spec.vmConfig.env[2]", "warning"],
    ]);
  });

  test("is off outside of its rules where the default is switched off, or says nothing", () => {
    const rules = "matchRules: [{ domain: [a.com], config: { block_urls: [/] } }]";
    const url = "url: oci://r/request-block:1";
    for (const more of ["defaultConfigDisable: true\ndefaultConfig: { block_urls: [/a] }", "defaultConfig: {}", ""]) {
      expect(pieceOf(`${url}\n${rules}\n${more}`).plugins).toEqual([
        { name: "request-block", id: "mine", rules: [{ domains: ["a.com"], config: { block_urls: ["/"] } }] },
      ]);
    }
  });

  test("is on everywhere when it says nothing at all", () => {
    expect(pieceOf("url: oci://r/cors:1").plugins).toEqual([{ name: "cors", id: "mine", config: {} }]);
  });

  test("is not there when all of it is switched off", () => {
    const piece = pieceOf(`
url: oci://r/cors:1
defaultConfigDisable: true
matchRules: [{ ingress: [a], configDisable: true, config: {} }]`);
    expect(piece).toEqual({ plugins: [], findings: [] });
  });

  test("goes by pluginConfig alone when it has one", () => {
    const piece = pieceOf(`
url: oci://r/request-block:1
pluginConfig: { block_urls: [/a] }
defaultConfigDisable: true
matchRules: [{ ingress: [a], config: {} }]`);
    expect(piece.plugins).toEqual([{ name: "request-block", id: "mine", config: { block_urls: ["/a"] } }]);
    expect(piece.findings.map(({ field }) => field)).toEqual(["spec.matchRules"]);
  });

  test("loses a rule that holds nowhere, and keeps the others", () => {
    const piece = pieceOf(`
url: oci://r/request-block:1
matchRules:
- config: { block_urls: [/] }
- { domain: [a.com], config: { block_urls: [/b] } }`);
    expect(piece.plugins).toEqual([
      { name: "request-block", id: "mine", rules: [{ domains: ["a.com"], config: { block_urls: ["/b"] } }] },
    ]);
    expect(piece.findings).toEqual([
      {
        field: "spec.matchRules[0]",
        message: "says no place where it holds",
        hint: "name an ingress, a domain or a service, or use spec.defaultConfig",
        severity: "error",
      },
    ]);
  });

  test("has templates filled in", () => {
    const secret = `
apiVersion: v1
kind: Secret
metadata: { name: keys, namespace: higress-system }
data: { alice: YS1rZXk= }`;
    const piece = pieceOf(
      `
url: oci://r/key-auth:1
defaultConfig:
  keys: [x-key]
  in_header: true
  consumers: [{ name: alice, credential: "\${secret.keys.alice}" }]`,
      secret,
    );
    expect(piece.plugins?.[0]?.["config"]).toEqual({
      keys: ["x-key"],
      in_header: true,
      consumers: [{ name: "alice", credential: "a-key" }],
    });
  });

  test("of another namespace is not read", () => {
    expect(pieceOf("url: oci://r/cors:1", "", "team")).toEqual({ findings: [] });
  });

  test("without an address, or with a Secret that is not there, is told", () => {
    expect(pieceOf("priority: 1").findings.map(({ field }) => field)).toEqual(["spec.url"]);
    const { findings } = pieceOf("url: oci://r/own:1\nimagePullSecret: none");
    expect(findings[0]?.message).toBe("names Secret higress-system/none, which is not there");
  });

  test("that only counts what the gateway counts anyway is not run", () => {
    const { plugins, findings } = pieceOf(
      "url: oci://r/plugins/ai-statistics:1.0.0\ndefaultConfig: { attributes: [] }",
    );
    expect(plugins).toEqual([]);
    expect(findings[0]?.severity).toBe("warning");
  });
});
