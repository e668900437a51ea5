import type { Config, PluginConfig, PluginRule } from "#config/model.ts";
import { type CallRoute, PHASES, type Plugin, type PluginPhase } from "../core/plugin.ts";
import type { Route } from "../core/route.ts";
import type { Chain, Choice, Link, Slot } from "../plugin-host/chain.ts";
import type { PluginKind, WrittenOptions } from "../plugin-host/kind.ts";
import { holdsOn } from "../core/plugin-rules.ts";
import type { PluginRuntime } from "../plugin-host/runtime.ts";
import type { PluginChains, PluginFailure } from "../traffic/snapshot.ts";
import { brokenLink, builtInKind, linkOf, type Named } from "./plugin-link.ts";
import type { OwnKind, OwnPlugin, RoutePlugins } from "./route-plugins.ts";

/** What plugins are compiled with. */
export interface PluginDeps {
  readonly runtime: PluginRuntime;
  readonly builtIn: readonly Plugin[];
  /** The plugin of an entry that has a `url`. */
  load(entry: PluginConfig): Promise<PluginKind>;
  readonly ofRoutes: RoutePlugins;
}

/** What a route's chain is made of beside the configuration's entries. */
export interface RouteParts {
  /** Whom it asks, by name: plugins may be configured by it. */
  readonly services: readonly string[];
  readonly maxBodySize?: number | undefined;
  readonly own: readonly OwnPlugin[];
}

/** What a route of the configuration has. */
export type PartsOf = (route: Route) => RouteParts;

/** A configuration's plugins, at work. */
export interface CompiledPlugins {
  /** Files that plugins were read from, by absolute path, as they were read. */
  readonly files: ReadonlyMap<string, string>;
  /** Entries that could not be set to work, and are not required. */
  readonly failures: readonly PluginFailure[];
  readonly chains: (partsOf: PartsOf) => PluginChains;
  release(): void;
}

/** The most of a body that is kept for plugins where the route says nothing, in bytes. */
const BODY_LIMIT = 32 * 1024 * 1024;

/** Sets a configuration's plugins to work. Rejects with an Error that names the entry that cannot be. */
export async function compilePlugins(plugins: Config["plugins"], deps: PluginDeps): Promise<CompiledPlugins> {
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
    const named = withIds(plugins);
    const failures: PluginFailure[] = [];
    const into = { taken, failures };
    const entries = await Promise.all(named.map((entry) => compileEntry(entry, { ...deps, load }, into)));
    const ordered = [...entries, ...deps.ofRoutes.kinds].toSorted(
      (a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || b.priority - a.priority,
    );
    return { release, files, failures, chains: (partsOf) => chainsOf(ordered, partsOf) };
  } catch (error) {
    release();
    throw error;
  }
}

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

/** What compiling an entry adds to. */
interface Collected {
  /** Keys of links. */
  readonly taken: string[];
  readonly failures: PluginFailure[];
}

async function compileEntry(entry: Named, deps: PluginDeps, { taken, failures }: Collected): Promise<Entry> {
  const { id, required, rules: places } = entry;
  const failed = (error: unknown): string => {
    const why = error instanceof Error ? error.message : String(error);
    if (required) throw new Error(`The plugin '${id}': ${why}`, { cause: error });
    failures.push({ id, why });
    return why;
  };
  const kind = await foundKind(entry, deps, failed);
  const link = async (options: WrittenOptions, why?: string): Promise<Link> => {
    const broken = (said: string): Link => brokenLink(entry, kind, said, deps.runtime);
    if ("broken" in kind) return broken(kind.broken);
    if (why !== undefined) return broken(why);
    return linkOf(entry, kind, options, deps.runtime, taken).catch((error) => broken(failed(error)));
  };
  const global = globalOf(entry);
  const rules = await Promise.all(
    places.map(async (place) => {
      const off = place.disabled === true;
      return { place, link: off ? undefined : await link({ global, rule: place.config ?? {} }, place.broken) };
    }),
  );
  const otherwise = entry.disabled || global === undefined ? undefined : await link({ global });
  const { phase, priority } = { ...kind, ...definedPlace(entry) };
  return { id, phase, priority, rules, otherwise };
}

/** A kind that cannot be set to work. */
interface BrokenKind extends Pick<PluginKind, "phase" | "priority" | "failStrategy"> {
  readonly broken: string;
}

/** What is known of a module that nobody has seen. */
const UNSEEN = { phase: "UNSPECIFIED_PHASE", priority: 0, failStrategy: "FAIL_CLOSE" } as const;

async function foundKind(
  entry: Named,
  deps: PluginDeps,
  failed: (error: unknown) => string,
): Promise<PluginKind | BrokenKind> {
  const { broken, url, name } = entry;
  if (broken !== undefined) {
    const usual = url === undefined ? deps.builtIn.find((one) => one.name === name) : undefined;
    const { phase, priority, failStrategy } = usual ?? UNSEEN;
    return { phase, priority, failStrategy, broken };
  }
  try {
    return url === undefined ? builtInKind(name, deps.builtIn) : await deps.load(entry);
  } catch (error) {
    return { ...UNSEEN, broken: failed(error) };
  }
}

function definedPlace({ phase, priority }: PluginConfig): Partial<Pick<PluginKind, "phase" | "priority">> {
  return { ...(phase === undefined ? {} : { phase }), ...(priority === undefined ? {} : { priority }) };
}

/** An entry of nothing but rules says nothing of everywhere else; one of nothing at all is on everywhere. */
function globalOf({ config, rules }: PluginConfig): PluginConfig["config"] {
  return config ?? (rules.length === 0 ? {} : undefined);
}

/** Each route's chain is made when it is first asked for: of many routes few are busy, and most configurations change one of them. */
function chainsOf(ordered: readonly (Entry | OwnKind)[], partsOf: PartsOf): PluginChains {
  const entries = ordered.flatMap((one, order) => ("rules" in one ? [{ entry: one, order }] : []));
  const places = new Map(ordered.flatMap((one, order) => ("rules" in one ? [] : [[one.name, order] as const])));
  const chain = (route: CallRoute, { maxBodySize, own }: Omit<RouteParts, "services">): Chain => {
    const shared = entries.map(({ entry, order }) => slotOf(entry, order, route));
    const alone = own.map((one) => ownSlot(one, places.get(one.name) ?? ordered.length));
    const slots = [...shared.filter(({ choices }) => choices.length > 0), ...alone];
    return {
      route,
      bodyLimit: maxBodySize ?? BODY_LIMIT,
      slots: alone.length === 0 ? slots : slots.toSorted((a, b) => a.order - b.order),
    };
  };
  const unrouted = chain({ name: "", ai: false, mcp: false, services: [] }, { own: [] });
  const made = new Map<Route, Chain>();
  return {
    chainOf(route) {
      if (route === undefined) return unrouted;
      let known = made.get(route);
      if (known === undefined) {
        const { services, ...parts } = partsOf(route);
        known = chain({ name: route.name, ai: route.ai, mcp: route.mcp === true, services }, parts);
        made.set(route, known);
      }
      return known;
    },
  };
}

/** What a route has beside the configuration's entries. */
function ownSlot({ name, phase, link }: OwnPlugin, order: number): Slot {
  return { name, order, phase, choices: [{ from: "route", link }] };
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
