import type { RouteConfig } from "#config/model.ts";
import { plugin as entrySchema } from "#config/model/plugins.ts";
import type { Plugin, PluginPhase } from "../core/plugin.ts";
import type { Link } from "../plugin-host/chain.ts";
import type { PluginKind } from "../plugin-host/kind.ts";
import type { PluginRuntime } from "../plugin-host/runtime.ts";
import { builtInKind, linkOf, type Named } from "./plugin-link.ts";

type Written = NonNullable<RouteConfig["plugins"]>;

/** A built-in plugin that routes have for themselves. */
export interface OwnKind {
  readonly name: string;
  readonly phase: PluginPhase;
  readonly priority: number;
}

/** A plugin of one route, at work. */
export interface OwnPlugin extends OwnKind {
  readonly link: Link;
}

/** What routes have for themselves. */
export interface RoutePlugins {
  /** By the route's name; routes without any are not there. */
  readonly byRoute: ReadonlyMap<string, readonly OwnPlugin[]>;
  /** Each plugin that is among them, once. */
  readonly kinds: readonly OwnKind[];
}

/** The plugins of one list, with the keys of their links. */
interface Opened {
  readonly plugins: readonly OwnPlugin[];
  readonly keys: readonly string[];
}

/** Lists of plugins that several configurations share: most of many routes are the same objects after a reload. */
export class RoutePluginCache {
  readonly #kept = new Map<Written, Opened & { uses: number }>();

  /** The plugins of a list that is at work already; to be given back with {@link RoutePluginCache.release}. */
  take(written: Written): readonly OwnPlugin[] | undefined {
    const kept = this.#kept.get(written);
    if (kept === undefined) return undefined;
    kept.uses++;
    return kept.plugins;
  }

  /** Keeps what was opened; where the list came to work meanwhile, its links are held once more with it. */
  put(written: Written, opened: Opened): readonly OwnPlugin[] {
    const before = this.#kept.get(written);
    const keys = [...(before?.keys ?? []), ...opened.keys];
    this.#kept.set(written, { plugins: opened.plugins, keys, uses: (before?.uses ?? 0) + 1 });
    return opened.plugins;
  }

  release(written: Written, runtime: PluginRuntime): void {
    const kept = this.#kept.get(written);
    if (kept === undefined || --kept.uses > 0) return;
    this.#kept.delete(written);
    for (const key of kept.keys) runtime.links.release(key);
  }
}

/** What a route's plugins are set to work with. */
interface RoutePluginDeps {
  readonly runtime: PluginRuntime;
  readonly builtIn: readonly Plugin[];
  readonly ofRoutes: RoutePluginCache;
}

/** Sets all routes' own plugins to work. `releases` gets what gives them back. Rejects with an Error that names the route and the plugin. */
export async function takeRoutePlugins(
  routes: readonly RouteConfig[],
  { runtime, builtIn, ofRoutes }: RoutePluginDeps,
  releases: (() => void)[],
): Promise<RoutePlugins> {
  const templates = new Templates(builtIn);
  const byRoute = new Map<string, readonly OwnPlugin[]>();
  const kinds = new Map<string, OwnKind>();
  for (const { name, plugins: written } of routes) {
    if (written === undefined || written.length === 0) continue;
    // One after the other: few are new at a time, and what was opened before an error can be given back.
    const plugins = ofRoutes.take(written) ?? ofRoutes.put(written, await open(name, written, templates, runtime));
    releases.push(() => ofRoutes.release(written, runtime));
    byRoute.set(name, plugins);
    for (const one of plugins) if (!kinds.has(one.name)) kinds.set(one.name, one);
  }
  return { byRoute, kinds: [...kinds.values()] };
}

async function open(route: string, written: Written, templates: Templates, runtime: PluginRuntime): Promise<Opened> {
  const keys: string[] = [];
  const plugins: OwnPlugin[] = [];
  for (const { name, config, timeout } of written) {
    try {
      const { kind, entry } = templates.of(name);
      const own = timeout === undefined ? entry : { ...entry, timeout };
      const link = await linkOf(own, kind, { global: config }, runtime, keys);
      plugins.push({ name, phase: kind.phase, priority: kind.priority, link });
    } catch (error) {
      for (const key of keys) runtime.links.release(key);
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`The route '${route}': the plugin '${name}': ${why}`, { cause: error });
    }
  }
  return { plugins, keys };
}

/** What an entry of `plugins` that says nothing but its name would be. */
class Templates {
  readonly #builtIn: readonly Plugin[];
  readonly #made = new Map<string, { readonly kind: PluginKind; readonly entry: Named }>();

  constructor(builtIn: readonly Plugin[]) {
    this.#builtIn = builtIn;
  }

  of(name: string): { readonly kind: PluginKind; readonly entry: Named } {
    let made = this.#made.get(name);
    if (made === undefined) {
      made = { kind: builtInKind(name, this.#builtIn), entry: { ...entrySchema.parse({ name }), id: name } };
      this.#made.set(name, made);
    }
    return made;
  }
}
