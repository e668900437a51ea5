import type { Config, PluginConfig, PluginRule } from "#config/model.ts";
import { type CallRoute, PHASES, type Plugin, type PluginPhase } from "../core/plugin.ts";
import type { Route } from "../core/route.ts";
import type { Chain, Choice, Link, Slot } from "../plugin-host/chain.ts";
import { nativeKind, type PluginKind, type WrittenOptions } from "../plugin-host/kind.ts";
import type { OpenLink } from "../plugin-host/link-pool.ts";
import { holdsOn } from "../plugin-host/rules.ts";
import type { PluginRuntime } from "../plugin-host/runtime.ts";
import type { PluginChains } from "../traffic/snapshot.ts";

/** What plugins are compiled with. */
export interface PluginDeps {
  readonly runtime: PluginRuntime;
  readonly builtIn: readonly Plugin[];
  /** The plugin of an entry that has a `url`. */
  load(entry: PluginConfig): Promise<PluginKind>;
}

/** A configuration's plugins, at work. */
export interface CompiledPlugins {
  /** Files that plugins were read from, by absolute path, as they were read. */
  readonly files: ReadonlyMap<string, string>;
  readonly chains: (routes: ReadonlyMap<Route, readonly string[]>) => PluginChains;
  release(): void;
}

/** The most of a body that is kept for plugins where the route says nothing, in bytes. */
const BODY_LIMIT = 32 * 1024 * 1024;

/** Sets a configuration's plugins to work; undefined when there is none. Rejects with an Error that names the entry that cannot be. */
export async function compilePlugins(config: Config, deps: PluginDeps): Promise<CompiledPlugins | undefined> {
  if (config.plugins.length === 0) return undefined;
  const taken: string[] = [];
  const release = (): void => {
    for (const key of taken.splice(0)) deps.runtime.links.release(key);
  };
  try {
    const files = new Map<string, string>();
    const load = async (entry: PluginConfig): Promise<PluginKind> => {
      const kind = await deps.load(entry);
      if (kind.file !== undefined) files.set(kind.file.path, kind.file.text);
      return kind;
    };
    const named = withIds(config.plugins);
    const entries = await Promise.all(named.map((entry) => compileEntry(entry, { ...deps, load }, taken)));
    const ordered = entries.toSorted(
      (a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || b.priority - a.priority,
    );
    const limits = new Map(config.routes.map(({ name, maxBodySize }) => [name, maxBodySize ?? BODY_LIMIT]));
    return { release, files, chains: (routes) => chainsOf(ordered, routes, limits) };
  } catch (error) {
    release();
    throw error;
  }
}

/** An entry with its name in logs and metrics. */
type Named = PluginConfig & { readonly id: string };

/** An entry at work. */
interface Entry {
  readonly id: string;
  readonly phase: PluginPhase;
  readonly priority: number;
  /** In the order in which they are tried. */
  readonly rules: readonly { readonly place: PluginRule; readonly link: Link | undefined }[];
  readonly otherwise: Link | undefined;
}

/** Of several entries of one plugin, the second is `name-2`. */
function withIds(plugins: readonly PluginConfig[]): Named[] {
  const seen = new Map<string, number>();
  return plugins.map((entry) => {
    const count = (seen.get(entry.name) ?? 0) + 1;
    seen.set(entry.name, count);
    return { ...entry, id: entry.id ?? (count === 1 ? entry.name : `${entry.name}-${count}`) };
  });
}

async function compileEntry(entry: Named, deps: PluginDeps, taken: string[]): Promise<Entry> {
  try {
    const kind = await kindOf(entry, deps);
    const global = globalOf(entry);
    const link = (options: WrittenOptions): Promise<Link> => linkOf(entry, kind, options, deps, taken);
    const { phase, priority } = { ...kind, ...definedPlace(entry) };
    const rules = await Promise.all(
      entry.rules.map(async (place) => {
        const off = place.disabled === true;
        return { place, link: off ? undefined : await link({ global, rule: place.config ?? {} }) };
      }),
    );
    const otherwise = entry.disabled || global === undefined ? undefined : await link({ global });
    return { id: entry.id, phase, priority, rules, otherwise };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The plugin '${entry.id}': ${why}`, { cause: error });
  }
}

function definedPlace({ phase, priority }: PluginConfig): Partial<Pick<PluginKind, "phase" | "priority">> {
  return { ...(phase === undefined ? {} : { phase }), ...(priority === undefined ? {} : { priority }) };
}

/** An entry of nothing but rules says nothing of everywhere else; one of nothing at all is on everywhere. */
function globalOf({ config, rules }: PluginConfig): PluginConfig["config"] {
  return config ?? (rules.length === 0 ? {} : undefined);
}

async function kindOf(entry: PluginConfig, deps: PluginDeps): Promise<PluginKind> {
  if (entry.url !== undefined) return deps.load(entry);
  const plugin = deps.builtIn.find(({ name }) => name === entry.name);
  if (plugin === undefined) throw new Error("there is no built-in plugin of this name");
  return nativeKind(plugin, "built-in");
}

async function linkOf(
  entry: Named,
  kind: PluginKind,
  options: WrittenOptions,
  { runtime }: PluginDeps,
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

function chainsOf(
  entries: readonly Entry[],
  routes: ReadonlyMap<Route, readonly string[]>,
  limits: ReadonlyMap<string, number>,
): PluginChains {
  const chain = (route: CallRoute): Chain => ({
    route,
    bodyLimit: limits.get(route.name) ?? BODY_LIMIT,
    slots: entries.map((entry, order) => slotOf(entry, order, route)).filter(({ choices }) => choices.length > 0),
  });
  const unrouted = chain({ name: "", ai: false, mcp: false, services: [] });
  const chains = new Map<Route | undefined, Chain>(
    [...routes].map(([route, services]) => [
      route,
      chain({ name: route.name, ai: route.ai, mcp: route.mcp === true, services }),
    ]),
  );
  return { chainOf: (route) => chains.get(route) ?? unrouted };
}

/** What of an entry holds on a route: settled here as far as the route alone decides. */
function slotOf({ id: name, phase, rules, otherwise }: Entry, order: number, route: CallRoute): Slot {
  const choices: Choice[] = [];
  for (const [index, { place, link }] of rules.entries()) {
    const holds = holdsOn(place, route);
    const from = `rules[${index}]`;
    if (holds === false) continue;
    if (holds === true) {
      choices.push({ from, link });
      return { name, order, phase, choices };
    }
    choices.push({ from, hosts: holds, link });
  }
  if (otherwise !== undefined) choices.push({ from: "config", link: otherwise });
  return { name, order, phase, choices: choices.some(({ link }) => link !== undefined) ? choices : [] };
}
