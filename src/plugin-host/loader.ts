import { FAIL_STRATEGIES, PHASES, type Plugin } from "../core/plugin.ts";
import { nativeKind, type PluginKind } from "./kind.ts";

/** Where a plugin's file is, and what it has to be. */
export interface ModuleEntry {
  readonly name: string;
  readonly url?: string;
}

/** How the host comes by files. */
export interface ModuleSource {
  /** The absolute path of a `file:` URL, relative ones from the configuration's place. */
  resolve(url: string): string;
  /** The file as text, and the digest of its content, so that a changed one is another one. Rejects when it cannot be read. */
  read(path: string): Promise<{ readonly text: string; readonly digest: string }>;
  /** Loads a module of JavaScript or TypeScript, of that digest. */
  importModule(path: string, digest: string): Promise<unknown>;
}

const SCRIPT = /\.(?:ts|mts|js|mjs)$/;

/** Loads what entries with a `url` name. Rejects with an Error that says what is wrong with it. */
export function createLoader(source: ModuleSource | undefined): (entry: ModuleEntry) => Promise<PluginKind> {
  return async ({ url = "" }) => {
    if (source === undefined) throw new Error("this host can load no plugins by url");
    if (!url.startsWith("file:") || !SCRIPT.test(url))
      throw new Error(`cannot load ${url}: a file: URL of a .ts or .js module is wanted`);
    const path = source.resolve(url);
    const { text, digest } = await source.read(path);
    const plugin = pluginOf(await source.importModule(path, digest), path);
    return { ...nativeKind(plugin, digest), file: { path, text } };
  };
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
