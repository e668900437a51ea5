import type { PluginConfig } from "#config/model.ts";
import type { Plugin } from "../core/plugin.ts";
import type { Link } from "../plugin-host/chain.ts";
import { nativeKind, type PluginKind, type WrittenOptions } from "../plugin-host/kind.ts";
import type { OpenLink } from "../plugin-host/link-pool.ts";
import type { PluginRuntime } from "../plugin-host/runtime.ts";

/** An entry with its name in logs and metrics. */
export type Named = PluginConfig & { readonly id: string };

/** The built-in plugin of a name. Throws an Error when there is none. */
export function builtInKind(name: string, plugins: readonly Plugin[]): PluginKind {
  const plugin = plugins.find((one) => one.name === name);
  if (plugin === undefined) throw new Error("there is no built-in plugin of this name");
  return nativeKind(plugin, "built-in");
}

/** One configuration of an entry, at work: the one there is already of all that are written alike. Its key, with which it is given back, is added to `taken`. */
export async function linkOf(
  entry: Named,
  kind: PluginKind,
  options: WrittenOptions,
  runtime: PluginRuntime,
  taken: string[],
): Promise<Link> {
  const { id, name, timeout, secrets, callouts, limits, isolation, failStrategy = kind.failStrategy } = entry;
  const made = {
    id,
    name,
    hasRules: entry.rules.length > 0,
    version: kind.version,
    timeout,
    secrets,
    callouts,
    limits,
    isolation,
    failStrategy,
    options,
  };
  const key = JSON.stringify(made);
  const link = await runtime.links.take(key, () => openLink(entry, kind, options, runtime));
  taken.push(key);
  return link;
}

/** What stands for a configuration that cannot be set to work: it fails at each request, so that `failStrategy` holds. */
export function brokenLink(
  { id, timeout, failStrategy }: Named,
  kind: Pick<PluginKind, "failStrategy">,
  why: string,
  runtime: PluginRuntime,
): Link {
  const fail = (): never => {
    throw new Error(why);
  };
  return {
    name: id,
    filter: { requestHeaders: fail },
    timeout,
    failStrategy: failStrategy ?? kind.failStrategy,
    watch: runtime.watch(id),
    broken: why,
    hold: () => () => {},
  };
}

async function openLink(
  { id, timeout, secrets, callouts, failStrategy, rules }: Named,
  kind: PluginKind,
  options: WrittenOptions,
  runtime: PluginRuntime,
): Promise<OpenLink> {
  const origins = kind.trusted ? ["*"] : callouts;
  const open = runtime.open({ id, hasRules: rules.length > 0, secrets, origins, ownKeys: !kind.trusted });
  try {
    const filter = await kind.configure(options, open.host);
    return {
      link: { name: id, filter, timeout, failStrategy: failStrategy ?? kind.failStrategy, watch: runtime.watch(id) },
      close() {
        open.close();
        filter.close?.();
      },
    };
  } catch (error) {
    open.close();
    throw error;
  }
}
