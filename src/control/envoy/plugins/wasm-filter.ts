import type { PluginConfig } from "#config/model.ts";
import type { Opaque } from "#config/model/plugins.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ADS, duration, typed } from "../resources.ts";
import { globalOf } from "./choice.ts";

/** Where Envoy gets a proxy-wasm module. */
export type WasmSource =
  | { readonly file: string }
  | { readonly url: string; readonly sha256: string }
  /** Told with the configuration itself. */
  | { readonly bytes: Uint8Array };

const WASM = "envoy.extensions.filters.http.wasm.v3.Wasm";

/** One configuration of a module: the entry's own, or a rule's, which stands alone as in Sluice. */
interface Instance {
  readonly name: string;
  readonly config: Opaque;
  /** Works only where a route asks for it. */
  readonly rests: boolean;
}

/** An entry's configurations. Modules that stock Envoy runs know nothing of Higress' rules, so each rule has a filter of its own. */
function instancesOf(id: string, entry: PluginConfig): Instance[] {
  const global = globalOf(entry);
  const own = entry.disabled || global === undefined ? [] : [{ name: wasmName(id), config: global, rests: false }];
  const rules = entry.rules.flatMap(({ config = {}, disabled, broken }, index) =>
    disabled === true || broken !== undefined ? [] : [{ name: wasmName(id, index), config, rests: true }],
  );
  return [...own, ...rules];
}

/** The filters of a module; configurations come by ECDS, so that a change of one leaves listeners as they are. */
export function wasmFilters(id: string, entry: PluginConfig): JsonObject[] {
  return instancesOf(id, entry).map(({ name, rests }) => discoveredFilter(name, WASM, rests));
}

/** What a route says of a module's filters: only the one that holds there works. */
export function wasmAtRoute(id: string, entry: PluginConfig, index: number | undefined, off: boolean): JsonObject {
  const [own] = instancesOf(id, entry);
  const rests = own === undefined || own.rests || !(off || index !== undefined) ? {} : { [own.name]: REST };
  return off || index === undefined ? rests : { ...rests, [wasmName(id, index)]: WORK };
}

/** The filters that work unless a route says otherwise. */
export function workingFilters(id: string, entry: PluginConfig): string[] {
  return instancesOf(id, entry).flatMap(({ name, rests }) => (rests ? [] : [name]));
}

/** A filter whose configuration comes by ECDS. */
export function discoveredFilter(name: string, type: string, rests: boolean): JsonObject {
  return {
    name,
    config_discovery: { config_source: ADS, type_urls: [`type.googleapis.com/${type}`] },
    ...(rests ? { disabled: true } : {}),
  };
}

function wasmName(id: string, rule?: number): string {
  return rule === undefined ? `wasm/${id}` : `wasm/${id}/rules/${rule}`;
}

const FILTER_CONFIG = "envoy.config.route.v3.FilterConfig";

/** What a route says to have a filter that works, or rests, by default do the opposite. */
export const REST: JsonObject = typed(FILTER_CONFIG, { disabled: true });
const WORK: JsonObject = typed(FILTER_CONFIG, { config: {} });

/** The module with each of its configurations, as `TypedExtensionConfig`. */
export function wasmConfigs(id: string, entry: PluginConfig, source: WasmSource): JsonObject[] {
  return instancesOf(id, entry).map(({ name, config }) => ({
    name,
    typed_config: typed(WASM, {
      config: {
        name,
        root_id: entry.vm?.rootId ?? "",
        fail_open: entry.failStrategy === "FAIL_OPEN",
        configuration: text(JSON.stringify(config)),
        // A VM of its own: SDKs tell configurations apart by the VM's root contexts alone.
        vm_config: { vm_id: name, runtime: "envoy.wasm.runtime.v8", code: codeOf(source), ...vmFields(entry) },
      },
    }),
  }));
}

function vmFields({ vm }: PluginConfig): JsonObject {
  const environment = vm?.environment ?? {};
  return {
    ...(Object.keys(environment).length === 0 ? {} : { environment_variables: { key_values: { ...environment } } }),
    ...(vm?.configuration === undefined ? {} : { configuration: text(written(vm.configuration)) }),
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
