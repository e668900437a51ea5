import type { PluginConfig } from "#config/model.ts";
import type { WasmSource } from "../control/envoy/plugins/wasm-filter.ts";
import { moduleRefusal } from "../control/envoy/plugins/wasm-module.ts";
import { Refusal } from "../control/envoy/refusal.ts";
import { isScript, referenceOf } from "../plugin-host/loader.ts";
import type { ModuleSource } from "../plugin-host/module-source.ts";

/** The largest module that is sent with its configuration, in bytes. */
const MAX_INLINE = 32 * 1024 * 1024;

/**
 * The modules of plugins, as Envoy gets them. Sluice loads each itself, to see whether Envoy can run it; Envoy then fetches those with a public
 * address and a digest, and is sent all others: files and images of this machine are none of Envoy's.
 */
export class EnvoyModules {
  readonly #modules: ModuleSource;
  #found: ReadonlyMap<string, WasmSource | Refusal> = new Map();

  constructor(modules: ModuleSource) {
    this.#modules = modules;
  }

  /** Has what entries name at hand. A module that cannot be loaded keeps its routes in Sluice, which says why. */
  async prepare(entries: readonly PluginConfig[]): Promise<void> {
    const named = new Map(
      entries.flatMap((entry) => (entry.url === undefined ? [] : [[keyOf(entry), entry] as const])),
    );
    const found = await Promise.all(
      [...named].map(async ([key, entry]) => [key, this.#known(key) ?? (await this.#find(entry))] as const),
    );
    this.#found = new Map(found);
  }

  sourceOf(entry: PluginConfig): WasmSource | Refusal {
    return this.#found.get(keyOf(entry)) ?? new Refusal("its module is not at hand");
  }

  /** What was refused may have been mended. A file and a tag may be another one now. */
  #known(key: string): WasmSource | undefined {
    const known = this.#found.get(key);
    return known !== undefined && !(known instanceof Refusal) && "url" in known ? known : undefined;
  }

  async #find(entry: PluginConfig): Promise<WasmSource | Refusal> {
    const { url = "", sha256, credentials } = entry;
    if (isScript(url)) return new Refusal("it is a file of TypeScript");
    try {
      const module = await this.#modules.load(referenceOf(entry));
      const refusal = moduleRefusal(module.bytes);
      if (refusal !== undefined) return refusal;
      const open = /^https?:/i.test(url) && sha256 !== undefined && credentials === undefined;
      if (open) return { url, sha256: module.sha256 };
      return module.bytes.length > MAX_INLINE
        ? new Refusal("its module is too large")
        : this.#inline(entry, module.bytes);
    } catch (error) {
      return new Refusal(error instanceof Error ? error.message : String(error));
    }
  }

  /** The same bytes stay the same source. */
  #inline(entry: PluginConfig, bytes: Uint8Array): WasmSource {
    const before = this.#found.get(keyOf(entry));
    const same = before !== undefined && "bytes" in before && Buffer.compare(before.bytes, bytes) === 0;
    return same ? before : { bytes };
  }
}

function keyOf({ url, sha256, credentials, insecure }: PluginConfig): string {
  return JSON.stringify([url, sha256, credentials, insecure]);
}
