import { isDeepStrictEqual } from "node:util";
import type { PluginConfig, RouteConfig } from "#config/model.ts";
import type { RoutePlugin } from "#config/model/plugins.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type FailStrategy, PHASES, type Plugin, type PluginPhase } from "#src/core/plugin.ts";
import type { RuledRoute } from "#src/core/plugin-rules.ts";
import { joinedFields } from "../header-changes.ts";
import { Refusal } from "../refusal.ts";
import { type Choice, choiceAt, ruledHosts } from "./choice.ts";
import { NATIVE_FILTERS } from "./native-filters.ts";
import type { AtRoute, EnvoyFilter, NativeFilter, Place } from "./native-filter.ts";
import { SharedParts } from "./shared-parts.ts";
import {
  discoveredFilter,
  REST,
  wasmAtRoute,
  wasmConfigs,
  wasmFilters,
  type WasmSource,
  workingFilters,
} from "./wasm-filter.ts";

/** What is known of plugins beside the configuration. */
export interface PluginKnowledge {
  readonly builtIn: readonly Plugin[];
  /** Where Envoy gets the module of an entry with a `url`; a Refusal where it is none that Envoy runs. */
  readonly wasmSource: (entry: PluginConfig) => WasmSource | Refusal;
}

/** What holds at a route, where that is known. */
type Settled = Exclude<Choice, "unclear">;

/** How an entry's work is done. */
type Doer =
  | { readonly native: NativeFilter; readonly plugin: Plugin }
  | { readonly wasm: WasmSource }
  | { readonly refusal: Refusal };

interface Entry {
  readonly id: string;
  readonly entry: PluginConfig;
  readonly phase: PluginPhase;
  readonly priority: number;
  readonly failStrategy: FailStrategy;
  readonly doer: Doer;
}

/** Says of every route which of Envoy's filters do its plugins' work, or which plugin keeps it from Envoy. */
export class PluginPlan {
  readonly #entries: readonly Entry[];
  readonly #builtIn: readonly Plugin[];
  readonly #parts = new SharedParts();
  readonly #origins = new Set<string>();
  /** Hosts that need a virtual host of their own since rules tell them apart. */
  readonly hosts: readonly string[];

  constructor(plugins: readonly PluginConfig[], knowledge: PluginKnowledge) {
    this.#builtIn = knowledge.builtIn;
    this.#entries = withIds(plugins)
      .map(([id, entry]) => entryOf(id, entry, knowledge))
      .sort((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || b.priority - a.priority);
    this.hosts = ruledHosts(plugins);
  }

  /** The filters of every listener, in the order in which plugins run. They rest unless a route, or a module's entry, says otherwise. */
  filters(): JsonObject[] {
    const placed = this.#entries.flatMap(({ id, entry, phase, priority, doer }) =>
      "wasm" in doer ? [{ phase, priority, filters: wasmFilters(id, entry) }] : [],
    );
    const native = NATIVE_FILTERS.map((filter) => {
      const own = this.#entries.find(({ doer }) => "native" in doer && doer.native === filter);
      const usual = this.#builtIn.find(({ name }) => name === filter.plugin);
      const { phase = PHASES[3], priority = 0 } = own ?? usual ?? {};
      return {
        phase,
        priority,
        filters: filter.filters.map(restingFilter),
      };
    });
    return [...placed, ...native]
      .sort((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || b.priority - a.priority)
      .flatMap(({ filters }) => filters);
  }

  /** What filters are configured with that come by ECDS: modules, and those that the routes made up to now have put something into. */
  configurations(): JsonObject[] {
    const modules = this.#entries.flatMap(({ id, entry, doer }) =>
      "wasm" in doer ? wasmConfigs(id, entry, doer.wasm) : [],
    );
    const shared = NATIVE_FILTERS.flatMap((native) =>
      native.filters.flatMap(({ name, config }) =>
        config === undefined && native.shared !== undefined
          ? [{ name, typed_config: native.shared(this.#parts.of(name)) }]
          : [],
      ),
    );
    return [...modules, ...shared];
  }

  /** URLs that Envoy fetches something from. */
  origins(): string[] {
    const urls = this.#entries.flatMap(({ doer }) => ("wasm" in doer && "url" in doer.wasm ? [doer.wasm.url] : []));
    return [...new Set([...urls, ...this.#origins])];
  }

  /** What a route that Sluice itself answers says: its plugins run there. */
  resting(): JsonObject {
    const working = this.#entries.flatMap(({ id, entry, doer }) => ("wasm" in doer ? workingFilters(id, entry) : []));
    return Object.fromEntries(working.map((name) => [name, REST]));
  }

  /**
   * Where routes say something else of filters than by another plan; undefined where anywhere. What routes have put into filters is known only
   * of those that a plan was asked for, so where they did, all have to be asked for anew.
   */
  differs(other: PluginPlan): ((route: RouteConfig, host: string) => boolean) | undefined {
    if (this === other) return () => false;
    if (this.#isFed || other.#isFed || !isDeepStrictEqual(this.hosts, other.hosts)) return undefined;
    if (!isDeepStrictEqual(this.resting(), other.resting())) return undefined;
    const [own, others] = [byId(this.#entries), byId(other.#entries)];
    const ids = [...new Set([...own.keys(), ...others.keys()])];
    const changed = ids.map((id) => [own.get(id), others.get(id)] as const).filter(([a, b]) => !isSameEntry(a, b));
    return (config, host) => {
      const route = ruledRoute(config);
      return changed.some(([a, b]) => effectAt(a, route, host) !== effectAt(b, route, host));
    };
  }

  /** Whether routes have put something into filters or what they fetch. */
  get #isFed(): boolean {
    return !this.#parts.empty || this.#origins.size > 0;
  }

  /** What a route says of the filters; a Refusal names the plugin that Envoy cannot stand in for. */
  atRoute(config: RouteConfig, host: string): AtRoute | Refusal {
    const { plugins = [] } = config;
    const route = ruledRoute(config);
    const found: { readonly doer: Doer; readonly at: AtRoute }[] = [];
    for (const one of this.#entries) {
      const choice = choiceAt(one.entry, route, host);
      if (choice === "unclear") return new Refusal(`the rules of the plugin ${one.id} tell its hosts apart`);
      const at = this.#workAt(one, choice, host);
      if (at instanceof Refusal) return at;
      if (at !== undefined) found.push({ doer: one.doer, at });
    }
    for (const own of plugins) {
      const at = this.#ownAt(own, host);
      if (at instanceof Refusal) return at;
      found.push(at);
    }
    for (const { at } of found) for (const url of at.origins ?? []) this.#origins.add(url);
    const working = found.filter(({ at }) => Object.keys(at.filters).length > 0);
    const natives = working.flatMap(({ doer }) => ("native" in doer ? [doer.native] : []));
    const twice = natives.find((native, index) => natives.indexOf(native) !== index);
    if (twice !== undefined) return new Refusal(`the plugin ${twice.plugin} is there twice`);
    return {
      filters: Object.assign({}, ...found.map(({ at }) => at.filters)) as JsonObject,
      fields: joinedFields(...found.map(({ at }) => at.fields ?? {})),
    };
  }

  #workAt({ id, entry, doer, failStrategy }: Entry, choice: Settled, host: string): AtRoute | Refusal | undefined {
    const broken = choice !== "off" && "broken" in choice;
    if (broken && failStrategy === "FAIL_CLOSE") return new Refusal(`the plugin ${id} is broken: ${choice.broken}`);
    const off = choice === "off" || broken;
    if ("wasm" in doer) {
      const index = !off && "index" in choice ? choice.index : undefined;
      return { filters: wasmAtRoute(id, entry, index, off) };
    }
    if (off) return undefined;
    if ("refusal" in doer) return doer.refusal;
    const place = this.#place(host, entry.rules.length > 0);
    return nativeAt(doer, id, place, ({ options, rules }) => {
      const base = choice.global === undefined ? undefined : options.parse(choice.global);
      if (!("rule" in choice)) return base ?? options.parse({});
      return rules === undefined ? options.parse(choice.rule) : rules.merge(base, rules.schema.parse(choice.rule));
    });
  }

  #place(host: string, hasRules: boolean): Place {
    return { host, hasRules, share: (filter, part) => this.#parts.add(filter, part) };
  }

  #ownAt(own: RoutePlugin, host: string): { readonly doer: Doer; readonly at: AtRoute } | Refusal {
    const doer = builtInDoer(own.name, own.name, this.#builtIn);
    if ("refusal" in doer) return doer.refusal;
    const at = nativeAt(doer, own.name, this.#place(host, false), ({ options }) => options.parse(own.config));
    return at instanceof Refusal ? at : { doer, at };
  }
}

function ruledRoute({ name, http }: RouteConfig): RuledRoute {
  return { name, services: http?.services.map((share) => share.name) ?? [] };
}

function byId(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

function isSameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  return a?.entry === b?.entry && isDeepStrictEqual(a?.doer, b?.doer);
}

/** A text for what an entry does at a route; empty where that is nothing. */
function effectAt(entry: Entry | undefined, route: RuledRoute, host: string): string {
  if (entry === undefined) return "";
  const choice = choiceAt(entry.entry, route, host);
  if (choice === "unclear") return `unclear ${entry.id}`;
  const { doer, id, phase, priority } = entry;
  const said =
    "wasm" in doer
      ? wasmAtRoute(id, entry.entry, choice !== "off" && "index" in choice ? choice.index : undefined, choice === "off")
      : choice;
  if (said === "off" || (typeof said === "object" && Object.keys(said).length === 0)) return "";
  return JSON.stringify([phase, priority, "refusal" in doer ? doer.refusal.why : "", said]);
}

function restingFilter(filter: EnvoyFilter): JsonObject {
  const { name, config } = filter;
  return config === undefined
    ? discoveredFilter(name, filter.type, true)
    : { name, typed_config: config, disabled: true };
}

/** Of several entries of one plugin, the second is `name-2`. */
function withIds(plugins: readonly PluginConfig[]): (readonly [id: string, entry: PluginConfig])[] {
  const seen = new Map<string, number>();
  return plugins.map((entry) => {
    const count = (seen.get(entry.name) ?? 0) + 1;
    seen.set(entry.name, count);
    return [entry.id ?? (count === 1 ? entry.name : `${entry.name}-${count}`), entry];
  });
}

function entryOf(id: string, entry: PluginConfig, { builtIn, wasmSource }: PluginKnowledge): Entry {
  const usual = entry.url === undefined ? builtIn.find(({ name }) => name === entry.name) : undefined;
  const phase = entry.phase ?? usual?.phase ?? PHASES[3];
  const priority = entry.priority ?? usual?.priority ?? 0;
  const failStrategy = entry.failStrategy ?? usual?.failStrategy ?? "FAIL_CLOSE";
  return { id, entry, phase, priority, failStrategy, doer: doerOf() };

  function doerOf(): Doer {
    if (entry.url === undefined) return builtInDoer(id, entry.name, builtIn);
    if (entry.broken !== undefined) return { refusal: new Refusal(`the plugin ${id} is broken: ${entry.broken}`) };
    const source = wasmSource(entry);
    return source instanceof Refusal ? { refusal: new Refusal(`the plugin ${id}: ${source.why}`) } : { wasm: source };
  }
}

function builtInDoer(id: string, name: string, builtIn: readonly Plugin[]): Exclude<Doer, { wasm: WasmSource }> {
  const native = NATIVE_FILTERS.find((filter) => filter.plugin === name);
  const plugin = builtIn.find((one) => one.name === name);
  if (native === undefined || plugin === undefined)
    return { refusal: new Refusal(`the plugin ${id} is none of Envoy's own`) };
  return { native, plugin };
}

function nativeAt(
  { native, plugin }: Extract<Doer, { native: NativeFilter }>,
  id: string,
  place: Place,
  read: (plugin: Plugin) => unknown,
): AtRoute | Refusal {
  let options: unknown;
  try {
    options = read(plugin);
  } catch {
    return new Refusal(`the plugin ${id} has a configuration that is not valid`);
  }
  const at = native.atRoute(options, place);
  return at instanceof Refusal ? new Refusal(`the plugin ${id}: ${at.why}`) : at;
}
