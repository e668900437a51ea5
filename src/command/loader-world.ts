import { dirname, resolve } from "node:path";
import process from "node:process";
import type { Clock } from "../core/clock.ts";
import type { Host } from "../core/host.ts";
import type { Log } from "../core/log.ts";
import type { LoaderWorld } from "../plugin-host/loader.ts";
import { createModuleSource, type ModuleSource } from "../plugin-host/module-source.ts";
import { fileScripts } from "./file-scripts.ts";

/** Where plugins come from on a machine: its files, the web, registries. Relative paths start at the configuration's file. */
export function loaderWorld(
  host: Pick<Host, "fetch">,
  file: string | undefined,
  clock: Clock,
  log: Log,
): LoaderWorld & { readonly modules: ModuleSource } {
  const folder = file === undefined ? process.cwd() : dirname(resolve(file));
  const modules = createModuleSource({
    fetch: (url, init) => host.fetch(url, init),
    clock,
    folder,
    warn: (message) => log.warn(message),
  });
  return { scripts: fileScripts(folder), modules };
}
