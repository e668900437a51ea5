import { FAIL_STRATEGIES, type Filter, PHASES, type Plugin } from "../core/plugin.ts";
import type { PluginHost } from "../core/plugin-host.ts";
import { nativeKind, type PluginKind } from "./kind.ts";
import type { LoadedModule, ModuleReference, ModuleSource } from "./module-source.ts";

/** What of an entry its loader needs. */
export interface ModuleEntry extends Pick<ModuleReference, "sha256" | "insecure"> {
  readonly name: string;
  readonly url?: string;
  readonly pull?: NonNullable<ModuleReference["imagePullPolicy"]>;
  readonly credentials?: NonNullable<ModuleReference["imagePullSecret"]>;
  readonly limits: WasmLimits;
}

/** What a WebAssembly plugin may use. */
export interface WasmLimits {
  /** Bytes. */
  readonly memory: number;
  /** Units of a hook; 0: as many as it likes. */
  readonly fuel: number;
  /** Instances of one configuration at a time. */
  readonly instances: number;
}

/** Plugins that are files of TypeScript or JavaScript. */
export interface ScriptSource {
  /** The absolute path of a `file:` URL, relative ones from the configuration's place. */
  resolve(url: string): string;
  /** The file as text, and the digest of its content, so that a changed one is another one. Rejects when it cannot be read. */
  read(path: string): Promise<{ readonly text: string; readonly digest: string }>;
  /** Loads a module of JavaScript or TypeScript, of that digest. */
  importModule(path: string, digest: string): Promise<unknown>;
}

/** How a host comes by plugins; what it cannot is left out. */
export interface LoaderWorld {
  readonly scripts?: ScriptSource;
  readonly modules?: ModuleSource;
}

/** A WebAssembly plugin, compiled once for all of its configurations. */
interface WasmPlugin {
  configure(config: unknown, host: PluginHost): Promise<Filter>;
  close(): void;
}

const SCRIPT = /\.(?:ts|mts|js|mjs)$/;

/** What tells a component from a core module (component model, "Binary format"): the layer, behind the version. */
const LAYER = 6;

/** Loads what entries with a `url` name. Rejects with an Error that says what is wrong with it. */
export function createLoader({ scripts, modules }: LoaderWorld): (entry: ModuleEntry) => Promise<PluginKind> {
  const compiled = new Map<string, Promise<WasmPlugin>>();

  async function wasmKind(entry: ModuleEntry, module: LoadedModule, path: string | undefined): Promise<PluginKind> {
    const version = JSON.stringify([module.sha256, entry.limits]);
    const plugin = compiled.get(version) ?? compile(entry, module.bytes);
    compiled.set(version, plugin);
    plugin.catch(() => compiled.delete(version));
    const { configure } = await plugin.then((made) => ({ configure: made.configure.bind(made) }));
    const text = path === undefined ? undefined : new TextDecoder().decode(module.bytes);
    return {
      phase: "UNSPECIFIED_PHASE",
      priority: 0,
      failStrategy: "FAIL_CLOSE",
      version,
      trusted: false,
      ...(path === undefined || text === undefined ? {} : { file: { path, text } }),
      configure: ({ global, rule }, host) => configure(rule ?? global ?? {}, host),
    };
  }

  return async (entry) => {
    const { url = "", sha256, insecure, pull, credentials } = entry;
    if (url.startsWith("file:") && SCRIPT.test(url)) return scriptKind(scripts, url);
    if (modules === undefined) throw new Error("this host can load no plugins by url");
    const module = await modules.load({
      url,
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(insecure === undefined ? {} : { insecure }),
      ...(pull === undefined ? {} : { imagePullPolicy: pull }),
      ...(credentials === undefined ? {} : { imagePullSecret: credentials }),
    });
    return wasmKind(entry, module, url.startsWith("file:") ? scripts?.resolve(url) : undefined);
  };
}

/** The loaders are read only where there is something for them: a gateway without such plugins starts without them. */
async function compile({ name, limits }: ModuleEntry, bytes: Uint8Array): Promise<WasmPlugin> {
  const { memory, fuel } = limits;
  const memoryPages = Math.max(1, Math.floor(memory / 65_536));
  if (bytes[LAYER] === 1) {
    const { createComponentPlugin } = await import("./component/plugin.ts");
    return createComponentPlugin(bytes, { limits: { memoryPages, fuel, instances: limits.instances } });
  }
  const { createProxyWasmPlugin } = await import("./proxy-wasm/plugin.ts");
  return createProxyWasmPlugin(name, bytes, { limits: { memoryPages, ...(fuel === 0 ? {} : { fuel }) } });
}

async function scriptKind(scripts: ScriptSource | undefined, url: string): Promise<PluginKind> {
  if (scripts === undefined) throw new Error("this host can load no modules of TypeScript");
  const path = scripts.resolve(url);
  const { text, digest } = await scripts.read(path);
  const plugin = pluginOf(await scripts.importModule(path, digest), path);
  return { ...nativeKind(plugin, digest), file: { path, text } };
}

/** The module's default export. */
function pluginOf(module: unknown, path: string): Plugin {
  const plugin = typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  if (isPlugin(plugin)) return plugin;
  throw new Error(`${path} has no plugin as its default export: export default definePlugin({ … })`);
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const { name, phase, priority, failStrategy, options, configure } = { ...value } as Partial<Plugin>;
  return (
    typeof name === "string" &&
    typeof priority === "number" &&
    PHASES.some((one) => one === phase) &&
    FAIL_STRATEGIES.some((one) => one === failStrategy) &&
    typeof options === "object" &&
    typeof configure === "function"
  );
}
