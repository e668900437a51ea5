import type { RouteConfig } from "#config/model.ts";
import { plugin as entrySchema } from "#config/model/plugins.ts";
import type { Plugin, PluginPhase } from "../core/plugin.ts";
import type { Link } from "../plugin-host/chain.ts";
import type { PluginKind } from "../plugin-host/kind.ts";
import type { PluginRuntime } from "../plugin-host/runtime.ts";
import { builtInKind, linkOf, type Named } from "./plugin-link.ts";

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

/** The plugins of one route, and how they are given back. */
export interface OpenPlugins {
  readonly plugins: readonly OwnPlugin[];
  close(): void;
}

/** Sets to work what single routes have for themselves. */
export class RoutePlugins {
  readonly #builtIn: readonly Plugin[];
  readonly #runtime: PluginRuntime;
  readonly #templates = new Map<string, { readonly kind: PluginKind; readonly entry: Named }>();
  #kinds: readonly OwnKind[] | undefined;

  constructor(builtIn: readonly Plugin[], runtime: PluginRuntime) {
    this.#builtIn = builtIn;
    this.#runtime = runtime;
  }

  /** All that a route may have. */
  get kinds(): readonly OwnKind[] {
    return (this.#kinds ??= this.#builtIn.map(({ name }) => {
      const { phase, priority } = builtInKind(name, this.#builtIn);
      return { name, phase, priority };
    }));
  }

  /** Rejects with an Error that names the route and the plugin. */
  async open({ name: route, plugins: written = [] }: Pick<RouteConfig, "name" | "plugins">): Promise<OpenPlugins> {
    const keys: string[] = [];
    const plugins: OwnPlugin[] = [];
    const close = (): void => {
      for (const key of keys.splice(0)) this.#runtime.links.release(key);
    };
    for (const { name, config, timeout } of written) {
      try {
        const { kind, entry } = this.#template(name);
        const own = timeout === undefined ? entry : { ...entry, timeout };
        const link = await linkOf(own, kind, { global: config }, this.#runtime, keys);
        plugins.push({ name, phase: kind.phase, priority: kind.priority, link });
      } catch (error) {
        close();
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`The route '${route}': the plugin '${name}': ${why}`, { cause: error });
      }
    }
    return { plugins, close };
  }

  /** What an entry of `plugins` that says nothing but its name would be. */
  #template(name: string): { readonly kind: PluginKind; readonly entry: Named } {
    let made = this.#templates.get(name);
    if (made === undefined) {
      made = { kind: builtInKind(name, this.#builtIn), entry: { ...entrySchema.parse({ name }), id: name } };
      this.#templates.set(name, made);
    }
    return made;
  }
}
