import { readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { aiRoutePass } from "#config/kubernetes/higress/ai-routes.ts";
import { higressTranslators } from "#config/kubernetes/higress/translators.ts";
import type { ResourceFinding } from "#config/kubernetes/checked-entries.ts";
import { KubernetesConfig } from "#config/kubernetes/kubernetes-config.ts";
import type { MergePass } from "#config/kubernetes/merge.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import type { Piece, Translator } from "#config/kubernetes/translator.ts";
import type { Config } from "#config/model.ts";
import { registry } from "#src/registry.ts";
import { loaded } from "../../load.ts";
import { resourcesOf } from "../../../support/kubernetes.ts";
import { TEST_OPTIONS } from "../options.ts";

/** What each object says in its `piece` is what it comes to. */
const AS_SAID: Translator = {
  kind: "/Said",
  translate: ({ piece }) => ({ findings: [], ...(piece as Partial<Piece>) }),
};

function said(piece: object): Resource {
  const metadata = { name: "said", namespace: "default", labels: {}, annotations: {}, creationTimestamp: "" };
  return { apiVersion: "v1", kind: "Said", metadata, piece };
}

const BASE = loaded("listeners: [{ name: http, port: 80 }]\nadmin: false");

/** What objects come to, with routes as Ingresses would be. */
function configOf(
  yaml: string,
  routes: readonly object[],
  more: object = {},
): { config: Config; findings: readonly ResourceFinding[] } {
  const set = new ResourceSet();
  for (const resource of resourcesOf(yaml)) set.put(resource);
  set.put(said({ routes, ...more }));
  const { providers: definitions, plugins } = registry;
  const builtIns = new Set(plugins.map(({ name }) => name));
  const translators = [AS_SAID, ...higressTranslators({ builtIns, definitions, hostVariable: () => undefined })];
  const passes: readonly MergePass[] = [aiRoutePass(definitions)];
  const parts = { translators, joiners: [], passes, options: TEST_OPTIONS, definitions, plugins, mcp: registry };
  const engine = new KubernetesConfig(set, parts);
  const { config } = engine.update(BASE);
  return { config, findings: engine.findings };
}

function ingress(
  name: string,
  services: readonly object[],
  headers: readonly object[] = [],
  more: object = {},
): object {
  return {
    name: `${name}/ai.example.com/`,
    match: { hosts: ["ai.example.com"], path: { prefix: "/" }, headers },
    http: { services, ...more },
    origin: `Ingress ${name}`,
  };
}

const share = (name: string, weight = 1): object => ({ name, weight });

const CONSOLE = readFileSync(new URL("../../../fixtures/kubernetes/console-ai-route.yaml", import.meta.url), "utf8");
const MODELS = { name: "x-higress-llm-model", regex: "^(gpt-4o|qwen-.*)" };
const FIRST = ingress(
  "higress-system/ai-route-chat.internal",
  [share("llm-local.internal.static", 60), share("llm-openai.internal.dns", 40)],
  [MODELS],
);
const SECOND = ingress(
  "higress-system/ai-route-chat.fallback.internal",
  [share("llm-spare.internal.static")],
  [MODELS, { name: "x-higress-fallback-from", exact: "ai-route-chat.internal" }],
);

describe("an AI route of the console", () => {
  const result = configOf(CONSOLE, [FIRST, SECOND]);
  const { config } = result;

  test("becomes one AI route, with its fallback", () => {
    expect(config.routes).toHaveLength(1);
    const [route] = config.routes;
    expect(route?.name).toBe("higress-system/ai-route-chat.internal/ai.example.com/");
    expect(route?.match).toEqual({
      hosts: ["ai.example.com"],
      path: { prefix: "/" },
      models: ["gpt-4o", "qwen-*"],
    });
    expect(route?.ai?.upstreams).toEqual([
      { provider: "local", weight: 60, modelMapping: { "gpt-*": "qwen3", "*": "" } },
      { provider: "openai", weight: 40 },
    ]);
    expect(route?.ai?.fallback).toEqual({
      upstreams: [{ provider: "spare", weight: 1, modelMapping: { "*": "spare-model" } }],
      strategy: "sequence",
      responseCodes: ["4xx", "5xx"],
    });
  });

  test("has the providers of ai-proxy, at the services' addresses", () => {
    const shown = config.providers.map(({ id, type, baseUrl, apiTokens }) => ({ id, type, baseUrl, apiTokens }));
    expect(shown).toEqual([
      { id: "local", type: "vllm", baseUrl: "http://127.0.0.1:9000", apiTokens: [] },
      { id: "openai", type: "openai", baseUrl: undefined, apiTokens: ["sk-one", "sk-two"] },
      { id: "spare", type: "openai", baseUrl: "http://127.0.0.1:9001", apiTokens: ["spare-key"] },
    ]);
    expect(config.providers[1]?.failover).toMatchObject({ enabled: true, healthCheckModel: "gpt-4o-mini" });
  });

  test("keeps its consumers, and needs no plugin for models", () => {
    expect(config.plugins.map(({ name }) => name)).toEqual(["key-auth"]);
    expect(config.plugins[0]?.rules[0]).toEqual({
      routePrefixes: ["higress-system/ai-route-chat.internal/", "HTTPRoute/higress-system/ai-route-chat.internal/"],
      config: { allow: ["alice"] },
    });
  });

  test("is told what it loses", () => {
    const told = result.findings.map(({ resource, field, severity }) => [resource.metadata.name, field, severity]);
    expect(told).toEqual([
      ["ai-proxy.internal", "spec.defaultConfig.providers[2].openaiCustomServerType", "warning"],
      ["ai-statistics-2.0.0", "spec.url", "warning"],
    ]);
  });

  test("comes out the same when nothing has changed", () => {
    const set = new ResourceSet();
    for (const resource of [...resourcesOf(CONSOLE), said({ routes: [FIRST, SECOND] })]) set.put(resource);
    const { providers: definitions, plugins } = registry;
    const parts = { builtIns: new Set<string>(), definitions, hostVariable: () => undefined };
    const engine = new KubernetesConfig(set, {
      translators: [AS_SAID, ...higressTranslators(parts)],
      joiners: [],
      passes: [aiRoutePass(definitions)],
      options: TEST_OPTIONS,
      definitions,
      plugins,
      mcp: registry,
    });
    const [before, after] = [engine.update(BASE).config, engine.update(BASE).config];
    expect([after.routes[0] === before.routes[0], after.providers[0] === before.providers[0]]).toEqual([true, true]);
  });
});

const PROXY = `
apiVersion: extensions.higress.io/v1alpha1
kind: WasmPlugin
metadata: { name: mine, namespace: higress-system }
spec:
  url: oci://r/ai-proxy:1
`;

function proxied(spec: string, routes: readonly object[], more: object = {}): { config: Config; told: string[] } {
  const { config, findings } = configOf(`${PROXY}${spec.trimEnd().replaceAll(/^/gm, "  ")}`, routes, more);
  return { config, told: findings.map(({ field, message }) => `${field}: ${message}`) };
}

const LLM = { registries: [{ type: "dns", name: "llm", domain: "llm.example.com", port: 443, protocol: "https" }] };

describe("an ai-proxy by hand", () => {
  test("with one provider makes AI routes of all routes", () => {
    const spec = "defaultConfig: { provider: { type: openai, apiTokens: [k], modelMapping: { '*': gpt-4o } } }";
    const { config, told } = proxied(spec, [ingress("a/b", [share("llm.dns")])], LLM);
    expect(told).toEqual([]);
    expect(config.providers).toMatchObject([{ id: "openai", type: "openai", baseUrl: "https://llm.example.com" }]);
    expect(config.routes[0]?.ai?.upstreams).toEqual([{ provider: "openai", weight: 1 }]);
  });

  test("with rules for Ingresses leaves the other routes alone, and gives each its provider", () => {
    const spec = `
matchRules:
- { ingress: [a/one], config: { provider: { type: openai, apiTokens: [k1] } } }
- { ingress: [a/two], config: { provider: { type: openai, apiTokens: [k2] } } }`;
    const services = [{ name: "s", endpoints: ["10.0.0.1:80"] }];
    const routes = ["one", "two", "three"].map((name) => ingress(`a/${name}`, [share("s")]));
    const { config } = proxied(spec, routes, { services });
    expect(config.routes.map(({ ai }) => ai?.upstreams[0]?.provider)).toEqual(["openai", "openai-2", undefined]);
    expect(config.providers.map(({ id, apiTokens }) => [id, apiTokens])).toEqual([
      ["openai", ["k1"]],
      ["openai-2", ["k2"]],
    ]);
  });

  test.each<[object, object | undefined]>([
    [
      { attempts: 3, on: ["5xx", 429], perTryTimeout: "120s", nonIdempotent: true },
      { attempts: 3, on: ["5xx", "429"], perTryTimeout: 120_000 },
    ],
    [
      { attempts: 2, on: ["connect-failure", "timeout", "gateway-error"], nonIdempotent: true },
      { attempts: 2, on: ["502", "504", "503"] },
    ],
    [{ attempts: 0 }, undefined],
  ])("keeps the retries %j", (retry, wanted) => {
    const route = { ...ingress("a/b", []), http: { services: [share("llm.dns")], retry } };
    const spec = "defaultConfig: { provider: { type: openai, apiTokens: [k] } }";
    const { config, told } = proxied(spec, [route], LLM);
    expect(told).toEqual([]);
    expect(config.routes[0]?.ai?.retry).toEqual(wanted as never);
  });

  test("says that retries do nothing which are not for POST", () => {
    const route = { ...ingress("a/b", []), http: { services: [share("llm.dns")], retry: { attempts: 3 } } };
    const spec = "defaultConfig: { provider: { type: openai, apiTokens: [k] } }";
    const { config, told } = proxied(spec, [route], LLM);
    expect(config.routes[0]?.ai?.retry).toBeUndefined();
    expect(told).toEqual([expect.stringContaining("proxy-next-upstream needs non_idempotent")]);
  });

  test("shares a service's weight among its servers", () => {
    const spec = "defaultConfig: { provider: { id: p, type: vllm } }";
    const services = [
      { name: "two.ns.svc.cluster.local:80", endpoints: ["10.0.0.1:80", { address: "10.0.0.2:80" }] },
      { name: "one", endpoints: ["10.0.0.3:80"] },
    ];
    const route = ingress("a/b", [share("two.ns.svc.cluster.local:80", 30), share("one", 70)]);
    const { config } = proxied(spec, [route], { services });
    expect(config.routes[0]?.ai?.upstreams).toEqual([
      { provider: "p", weight: 30 },
      { provider: "p-2", weight: 30 },
      { provider: "p-3", weight: 140 },
    ]);
    expect(config.providers.map(({ baseUrl }) => baseUrl)).toEqual([
      "http://10.0.0.1",
      "http://10.0.0.2",
      "http://10.0.0.3",
    ]);
  });

  test("asks all servers that a provider of the console names", () => {
    const spec = `
defaultConfig:
  provider: { id: p, type: vllm, vllmCustomUrl: "http://10.0.0.1:8000/v1", vllmExtraCustomUrls: ["http://10.0.0.2:8000/v1"] }`;
    const { config, told } = proxied(spec, [ingress("a/b", [share("llm.dns")])], LLM);
    expect(told).toEqual([]);
    expect(config.providers.map(({ options }) => options)).toEqual([
      { vllmCustomUrl: "http://10.0.0.1:8000/v1" },
      { vllmCustomUrl: "http://10.0.0.2:8000/v1" },
    ]);
    expect(config.routes[0]?.ai?.upstreams.map(({ weight }) => weight)).toEqual([1, 1]);
  });

  test("leaves a route alone that it has half of the providers for", () => {
    const spec = "matchRules: [{ service: [llm.dns], config: { provider: { type: openai, apiTokens: [k] } } }]";
    const services = [{ name: "s", endpoints: ["10.0.0.1:80"] }];
    const { config, told } = proxied(spec, [ingress("a/b", [share("llm.dns"), share("s")])], { ...LLM, services });
    expect(config.routes[0]?.http?.services).toHaveLength(2);
    expect(told).toEqual([
      ": the route a/b/ai.example.com/ stays as it is: ai-proxy has a provider for only 1 of its 2 services",
    ]);
  });

  test("tells what is wrong with a provider, and loses it alone", () => {
    const spec = `
defaultConfig:
  providers: [{ id: a, type: nonsense }, { id: b, type: openai, apiTokens: [k], failover: { enabled: maybe } }]
  activeProviderId: none`;
    const { config, told } = proxied(spec, []);
    expect(config.providers).toEqual([]);
    expect(told).toEqual([
      "spec.defaultConfig.providers[0].type: unknown provider type",
      "spec.defaultConfig.providers[1].failover.enabled: must be true or false",
      "spec.defaultConfig.activeProviderId: names no provider of this plugin: none",
    ]);
  });

  test("tells of a provider that cannot be made", () => {
    const { config, told } = proxied("defaultConfig: { provider: { type: generic } }", []);
    expect(config.providers).toEqual([]);
    expect(told).toEqual(["spec.providers[0]: baseUrl is missing"]);
  });

  test("says that a registry's service is asked at the vendor's", () => {
    const spec = "defaultConfig: { provider: { type: openai, apiTokens: [k] } }";
    const { told } = proxied(spec, [ingress("a/b", [share("llm.DEFAULT-GROUP.public.nacos")])]);
    expect(told[0]).toContain("it is not known here where llm.DEFAULT-GROUP.public.nacos is");
  });
});

describe("what else a route says", () => {
  const spec = "defaultConfig: { provider: { type: openai, apiTokens: [k] } }";

  test("stays: changes of headers, its deadline and its plugins", () => {
    const route = {
      ...ingress("a/b", [share("llm.dns")], [], {
        timeout: "30s",
        responseHeaders: { set: { a: "1" }, add: { b: "2" }, remove: ["c"] },
      }),
      plugins: [{ name: "cors", config: {} }],
    };
    const { config, told } = proxied(spec, [route], LLM);
    expect(told).toEqual([]);
    expect(config.routes[0]?.ai?.timeouts).toEqual({ total: 30_000 });
    expect(config.routes[0]?.plugins?.map(({ name }) => name)).toEqual(["cors", "transformer"]);
    expect(config.routes[0]?.plugins?.[1]?.config).toEqual({
      reroute: false,
      respRules: [
        { operate: "remove", headers: [{ key: "c" }] },
        { operate: "replace", headers: [{ key: "a", newValue: "1" }] },
        { operate: "add", headers: [{ key: "a", value: "1" }] },
        { operate: "append", headers: [{ key: "b", appendValue: "2" }] },
      ],
    });
  });

  test("or is told: AI routes have no mirror", () => {
    const route = ingress("a/b", [share("llm.dns")], [], {
      mirror: [{ service: "llm.dns" }],
      rewrite: { host: "x.y" },
    });
    expect(proxied(spec, [route], LLM).told).toEqual([
      ": the AI route a/b/ai.example.com/ has no mirror: it is left out",
      ": the AI route a/b/ai.example.com/ has no rewrite.host: it is left out",
    ]);
  });

  test("a rule for the service holds for the provider", () => {
    const plugins = [{ name: "request-block", rules: [{ services: ["llm.dns"], config: { block_urls: ["/x"] } }] }];
    const { config } = proxied(spec, [ingress("a/b", [share("llm.dns")])], { ...LLM, plugins });
    expect(config.plugins[0]?.rules[0]?.services).toEqual(["llm.dns", "openai"]);
  });

  test("model-mapper goes on doing its work elsewhere", () => {
    const rules = [{ routePrefixes: ["a/"], config: { modelMapping: { x: "y" } } }];
    const plugins = [{ name: "model-mapper", rules }];
    const services = [{ name: "s", endpoints: ["10.0.0.1:80"] }];
    const only = "matchRules: [{ service: [llm.dns], config: { provider: { type: openai, apiTokens: [k] } } }]";
    const routes = [ingress("a/b", [share("llm.dns")]), ingress("a/c", [share("s")])];
    const { config } = proxied(only, routes, { ...LLM, services, plugins });
    expect(config.routes[0]?.ai?.upstreams).toEqual([{ provider: "openai", weight: 1, modelMapping: { x: "y" } }]);
    expect(config.plugins[0]?.rules).toEqual([{ routes: ["a/b/ai.example.com/"], disabled: true }, ...rules]);
  });

  test("without an ai-proxy nothing changes", () => {
    const services = [{ name: "s", endpoints: ["10.0.0.1:80"] }];
    expect(configOf("", [ingress("a/b", [share("s")])], { services }).config.routes[0]?.http).toBeDefined();
  });
});
