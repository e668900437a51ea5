import type { Clock } from "../core/clock.ts";
import { FAIL_STRATEGIES, PHASES, type Plugin } from "../core/plugin.ts";
import { componentPlugin } from "./component/component-plugin.ts";
import type { Compiled } from "./component/instance.ts";
import { nativeKind, type PluginKind } from "./kind.ts";
import type { LoadedModule, ModuleReference, ModuleSource } from "./module-source.ts";
import type { VmOptions, WasmLimits } from "./wasm-kind.ts";

/** What of an entry its loader needs. */
export interface ModuleEntry extends Pick<ModuleReference, "sha256" | "insecure"> {
  readonly name: string;
  readonly url?: string;
  readonly pull?: NonNullable<ModuleReference["imagePullPolicy"]>;
  readonly credentials?: NonNullable<ModuleReference["imagePullSecret"]>;
  readonly limits: WasmLimits;
  readonly isolation: "none" | "process";
  readonly vm?: VmOptions;
  /** Milliseconds that a hook may be waited for. */
  readonly timeout: number;
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
  /** Components that were compiled when the gateway was built, by their `url`. */
  readonly built?: ReadonlyMap<string, Compiled>;
}

/** Whether a URL names a file of TypeScript or JavaScript. */
export function isScript(url: string): boolean {
  return /^file:.*\.(?:ts|mts|js|mjs)$/.test(url);
}

/** What an entry's module is loaded by. */
export function referenceOf({
  url = "",
  sha256,
  insecure,
  pull,
  credentials,
}: Pick<ModuleEntry, "url" | "sha256" | "insecure" | "pull" | "credentials">): ModuleReference {
  return {
    url,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(insecure === undefined ? {} : { insecure }),
    ...(pull === undefined ? {} : { imagePullPolicy: pull }),
    ...(credentials === undefined ? {} : { imagePullSecret: credentials }),
  };
}

/** Memory of a plugin's process beside that of its instances, in bytes: the runtime and the compiler. */
const RUNTIME_MEMORY = 512 * 1024 * 1024;

/** Loads what entries with a `url` name. Rejects with an Error that says what is wrong with it. */
export function createLoader(
  { scripts, modules, built }: LoaderWorld,
  clock: Clock,
): (entry: ModuleEntry) => Promise<PluginKind> {
  const compiled = new Map<string, Promise<PluginKind["configure"]>>();

  /** What was compiled before is compiled once, however many entries and reloads name it. */
  function configureOf(
    version: string,
    entry: ModuleEntry,
    bytes: LoadedModule["bytes"],
  ): Promise<PluginKind["configure"]> {
    const known = compiled.get(version);
    if (known !== undefined) return known;
    const made = entry.isolation === "process" ? isolated(entry, bytes, clock) : compiledHere(entry, bytes);
    compiled.set(version, made);
    made.catch(() => compiled.delete(version));
    return made;
  }

  async function wasmKind(entry: ModuleEntry, module: LoadedModule, path: string | undefined): Promise<PluginKind> {
    const version = JSON.stringify([module.sha256, entry.limits, entry.isolation, entry.timeout, entry.vm]);
    const configure = await configureOf(version, entry, module.bytes);
    const file = path === undefined ? {} : { file: { path, text: new TextDecoder().decode(module.bytes) } };
    return { ...UNTRUSTED, ...file, version, configure };
  }

  return async (entry) => {
    const { url = "" } = entry;
    if (isScript(url)) {
      if (entry.isolation === "process")
        throw new Error("modules of TypeScript are part of the gateway: they cannot be isolated");
      return scriptKind(scripts, url);
    }
    const component = built?.get(url);
    if (component !== undefined) return builtKind(url, component, entry);
    if (modules === undefined) throw new Error("this host can load no plugins by url that were not built into it");
    const module = await modules.load(referenceOf(entry));
    return wasmKind(entry, module, url.startsWith("file:") ? scripts?.resolve(url) : undefined);
  };
}

/** The loaders are read only where there is something for them: a gateway without such plugins starts without them. */
async function compiledHere(
  { name, limits, vm }: ModuleEntry,
  bytes: LoadedModule["bytes"],
): Promise<PluginKind["configure"]> {
  const { compileWasm } = await import("./wasm-kind.ts");
  return compileWasm(name, bytes, limits, vm);
}

/** A component that is part of the gateway's build. */
function builtKind(url: string, component: Compiled, { limits: { memory, fuel, instances } }: ModuleEntry): PluginKind {
  const limits = { memoryPages: Math.floor(memory / 65_536), fuel, instances };
  const plugin = componentPlugin(component, limits);
  return {
    ...UNTRUSTED,
    version: JSON.stringify([url, limits]),
    configure: ({ global, rule }, host) => plugin.configure(rule ?? global ?? {}, host),
  };
}

/** Place and rights of what comes from elsewhere. */
const UNTRUSTED = { phase: "UNSPECIFIED_PHASE", priority: 0, failStrategy: "FAIL_CLOSE", trusted: false } as const;

async function isolated(
  { name, limits, timeout, vm = {} }: ModuleEntry,
  bytes: LoadedModule["bytes"],
  clock: Clock,
): Promise<PluginKind["configure"]> {
  const { isolate } = await import("./isolated/isolate.ts");
  const { memory, fuel, instances } = limits;
  const { configure } = isolate({
    maker: new URL("isolated/wasm-maker.ts", import.meta.url),
    given: { json: { name, memory, fuel, instances, vm: JSON.stringify(vm) }, blobs: [bytes] },
    clock,
    deadline: timeout,
    maxMemory: RUNTIME_MEMORY + memory * instances,
  });
  return configure;
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
