import type { Clock } from "../core/clock.ts";
import { loadImage } from "./module-source/from-image.ts";
import { loadFile } from "./module-source/from-file.ts";
import { loadFromWeb } from "./module-source/from-web.ts";
import { DiskCache } from "./module-source/disk-cache.ts";
import { defaultCacheFolder } from "./module-source/cache-folder.ts";
import type { Fetch } from "./module-source/download.ts";
import type { LoadedModule, Loading } from "./module-source/loading.ts";
import { type CheckedReference, checkReference, type ModuleReference, shownUrl } from "./module-source/reference.ts";

export type { LoadedModule } from "./module-source/loading.ts";
export type { ModuleReference } from "./module-source/reference.ts";

/** What a source of modules needs of the world, and its limits. */
export interface ModuleSourceOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** What relative `file:` URLs start from: the folder of the configuration's file. */
  readonly folder: string;
  /** Where downloaded modules are kept; left out: {@link defaultCacheFolder}. */
  readonly cacheFolder?: string;
  /** For all kept modules together. */
  readonly maxCacheBytes?: number;
  /** For one module, and for what it comes in. */
  readonly maxModuleBytes?: number;
  /** Milliseconds for one module. */
  readonly timeout?: number;
  readonly warn: (message: string) => void;
}

/** Gets plugins' modules, WebAssembly's core modules and components alike. */
export interface ModuleSource {
  /** Rejects with an Error that says why there is no module, without a secret in it. */
  load(reference: ModuleReference, signal?: AbortSignal): Promise<LoadedModule>;
}

const MEBIBYTE = 1024 * 1024;

/** What is loaded is checked by its digest and kept on disk. Fetches nothing that the disk has, unless it is to be asked for `Always`. */
export function createModuleSource(options: ModuleSourceOptions): ModuleSource {
  const { clock, maxModuleBytes = 64 * MEBIBYTE, timeout = 60_000, warn } = options;
  const folder = options.cacheFolder ?? defaultCacheFolder();
  const cache = new DiskCache({ folder, maxBytes: options.maxCacheBytes ?? 1024 * MEBIBYTE, clock, warn });
  return {
    async load(given, outer) {
      const late = new AbortController();
      const cancel = clock.after(timeout, () => {
        late.abort(new Error(`it took longer than ${timeout / 1000} seconds.`));
      });
      const signal = outer === undefined ? late.signal : AbortSignal.any([outer, late.signal]);
      const downloads = { fetch: options.fetch, clock, signal };
      try {
        const reference = checkReference(given);
        return await LOADERS[reference.scheme]({
          reference,
          cache,
          downloads,
          folder: options.folder,
          maxBytes: maxModuleBytes,
        });
      } catch (error) {
        const why = error instanceof Error ? error.message : "no reason is known.";
        throw new Error(`The module ${shownUrl(given.url)} cannot be loaded: ${why}`, { cause: error });
      } finally {
        cancel();
      }
    },
  };
}

const LOADERS: Readonly<Record<CheckedReference["scheme"], (loading: Loading) => Promise<LoadedModule>>> = {
  file: loadFile,
  http: loadFromWeb,
  oci: loadImage,
};
