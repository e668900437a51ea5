import type { PluginConfig } from "#config/model.ts";
import type { PluginRule } from "#config/model/plugins.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import { ADS, duration, typed } from "../resources.ts";
import { globalOf, type RuledRoute } from "./choice.ts";

/** Where Envoy gets a proxy-wasm module. */
export type WasmSource =
  | { readonly file: string }
  | { readonly url: string; readonly sha256: string }
  /** Told with the configuration itself. */
  | { readonly bytes: Uint8Array };

const WASM = "envoy.extensions.filters.http.wasm.v3.Wasm";

/** The filter of a module; its configuration comes by ECDS, so that a change of it leaves listeners as they are. */
export function wasmFilter(id: string, entry: PluginConfig): JsonObject {
  return {
    name: wasmName(id),
    config_discovery: {
      config_source: ADS,
      type_urls: [`type.googleapis.com/${WASM}`],
    },
    ...(restsByDefault(entry) ? { disabled: true } : {}),
  };
}

/** The name of a module's filter, and of its configuration. */
export function wasmName(id: string): string {
  return `wasm/${id}`;
}

/** Whether a module works only where a route asks for it. */
export function restsByDefault(entry: PluginConfig): boolean {
  return entry.disabled || globalOf(entry) === undefined;
}

const FILTER_CONFIG = "envoy.config.route.v3.FilterConfig";

/** What a route says to have a filter that works, or rests, by default do the opposite. */
export const REST: JsonObject = typed(FILTER_CONFIG, { disabled: true });
export const WORK: JsonObject = typed(FILTER_CONFIG, { config: {} });

/** A `TypedExtensionConfig`: the module, and what it is configured with. */
export function wasmConfig(
  id: string,
  entry: PluginConfig,
  source: WasmSource,
  routes: readonly RuledRoute[],
): JsonObject {
  const { vm, failStrategy = "FAIL_CLOSE" } = entry;
  const environment = vm?.environment ?? {};
  return {
    name: wasmName(id),
    typed_config: typed(WASM, {
      config: {
        name: id,
        root_id: vm?.rootId ?? "",
        failure_policy: failStrategy === "FAIL_OPEN" ? "FAIL_OPEN" : "FAIL_CLOSED",
        configuration: text(JSON.stringify(configurationOf(entry, routes))),
        vm_config: {
          vm_id: id,
          runtime: "envoy.wasm.runtime.v8",
          code: codeOf(source),
          ...(Object.keys(environment).length === 0
            ? {}
            : { environment_variables: { key_values: { ...environment } } }),
          ...(vm?.configuration === undefined ? {} : { configuration: text(written(vm.configuration)) }),
        },
      },
    }),
  };
}

function text(value: string): JsonObject {
  return typed("google.protobuf.StringValue", { value });
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const FETCH_TIMEOUT = 60_000;

function codeOf(source: WasmSource): JsonObject {
  if ("file" in source) return { local: { filename: source.file } };
  if ("bytes" in source) return { local: { inline_bytes: Buffer.from(source.bytes).toString("base64") } };
  return {
    remote: {
      http_uri: { uri: source.url, cluster: sourceCluster(source.url), timeout: duration(FETCH_TIMEOUT) },
      sha256: source.sha256,
    },
  };
}

/** The cluster that a URL's server is asked by. */
export function sourceCluster(url: string): string {
  return `sluice/origin/${new URL(url).origin}`;
}

/** Higress' form of a configuration with rules, which its modules read themselves. Which routes a service is on is known here. */
function configurationOf(entry: PluginConfig, routes: readonly RuledRoute[]): Json {
  const config = (entry.config ?? {}) as JsonObject;
  if (entry.rules.length === 0) return config;
  const rules = entry.rules.filter(({ disabled }) => disabled !== true).map((rule) => ruleOf(rule, routes));
  const before = Array.isArray(config["_rules_"]) ? config["_rules_"] : [];
  return { ...config, _rules_: [...rules, ...before] };
}

function ruleOf(rule: PluginRule, routes: readonly RuledRoute[]): JsonObject {
  const config = (rule.config ?? {}) as JsonObject;
  const { routes: named, routePrefixes, domains, services } = rule;
  if (services !== undefined) {
    const served = routes.filter((route) => services.some((name) => route.services.includes(name)));
    const both = served.filter(({ name }) => named === undefined || named.includes(name));
    return { ...config, _match_route_: both.map(({ name }) => name) };
  }
  if (named !== undefined) return { ...config, _match_route_: [...named] };
  if (routePrefixes !== undefined) return { ...config, _match_route_prefix_: [...routePrefixes] };
  return { ...config, _match_domain_: [...(domains ?? [])] };
}
