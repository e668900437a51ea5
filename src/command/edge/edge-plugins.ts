import { parse } from "yaml";
import { checkValue } from "#config/issues.ts";
import { plugin as pluginEntry } from "#config/model/plugins.ts";
import { systemClock } from "#src/core/clock.ts";
import { isObject } from "#src/core/json.ts";
import type { SubcommandWorld } from "#src/core/subcommand.ts";
import { type Prepared, prepare } from "#src/plugin-host/component/prepare.ts";
import { loaderWorld } from "../loader-world.ts";

/** A component that a worker is built with; `url` as its entry has it: the worker finds it by that. */
export type EdgePlugin = Prepared & { readonly url: string };

const PAGE = 65_536;

/** The components that a configuration's plugins name. Rejects with an Error that names the entry that cannot be built. */
export async function pluginsIn(file: string, world: SubcommandWorld): Promise<EdgePlugin[]> {
  const written: unknown = parse(world.readFile(file));
  const entries = isObject(written) && Array.isArray(written["plugins"]) ? written["plugins"] : [];
  const quiet = { info() {}, warn: (message: string) => world.tell(`${message}\n`), error() {} };
  const { modules } = loaderWorld(world, file, systemClock, quiet);
  const built = new Map<string, EdgePlugin>();
  for (const entry of entries) {
    if (!isObject(entry) || typeof entry["url"] !== "string" || built.has(entry["url"])) continue;
    const checked = checkValue(pluginEntry, entry);
    if (!("data" in checked))
      throw new Error(`the plugin ${JSON.stringify(entry["name"])}: 'sluice check ${file}' says more`);
    const { url = "", sha256, limits, name } = checked.data;
    const module = await modules?.load({ url, ...(sha256 === undefined ? {} : { sha256 }) });
    if (module === undefined || module.bytes[6] !== 1)
      throw new Error(`the plugin '${name}' is no component: only those run in workers`);
    const options = { memoryPages: Math.floor(limits.memory / PAGE), fuel: limits.fuel > 0 };
    built.set(url, { url, ...(await prepare(module.bytes, options)) });
  }
  return [...built.values()];
}
