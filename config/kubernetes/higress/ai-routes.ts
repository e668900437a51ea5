import type { ProviderDefinition } from "#src/core/provider.ts";
import { entries, isMapping, mapping } from "../../check-values.ts";
import type { Merged, MergedEntry, MergePass } from "../merge.ts";
import type { Finding, Written } from "../translator.ts";
import { pairedFallbacks } from "./ai-fallbacks.ts";
import { modelHeaderOf, modelMappingOf, withoutIdleRouter, withoutMappingOn, withProviders } from "./ai-plugins.ts";
import { AiProviders } from "./ai-providers.ts";
import type { ProviderSource } from "./ai-provider.ts";
import { type AiProxyEntry, isAiProxy } from "./ai-proxy.ts";
import { type AiCandidate, type AiService, convertedRoute, droppedOf } from "./ai-route.ts";
import { isRouteFallback } from "./route-fallback.ts";
import { holdsFor, type PlacedService, withoutPort } from "./rule-place.ts";

/**
 * Makes AI routes of routes to services for which an ai-proxy has a provider, and providers of ai-proxy's: what the console of Higress
 * writes for an AI route (AiRouteServiceImpl in higress-group/higress-console), and what people write by hand.
 */
export function aiRoutePass(definitions: readonly ProviderDefinition[]): MergePass {
  let plugins: Merged["lists"]["plugins"] | undefined;
  let others: Others = new WeakSet();
  return (merged) => {
    const entriesNow = [...merged.lists.plugins.values()];
    const marked = entriesNow.some(({ written }) => isAiProxy(written) || isRouteFallback(written));
    if (!marked) return merged;
    if (plugins !== merged.lists.plugins) [plugins, others] = [merged.lists.plugins, new WeakSet()];
    return new AiRoutes(merged, definitions, others).result();
  };
}

/** Routes that no ai-proxy is for: of many routes, most are, and stay so while the plugins do. */
type Others = WeakSet<Written>;

/** An ai-proxy, and the object it is of. */
interface Proxy {
  readonly entry: AiProxyEntry;
  readonly from: MergedEntry["from"];
}

class AiRoutes {
  readonly #merged: Merged;
  readonly #others: Others;
  readonly #providers: AiProviders;
  readonly #proxies: readonly Proxy[];
  /** All plugins but those that become something else here. */
  readonly #plugins: ReadonlyMap<string, MergedEntry>;
  readonly #findings: (Finding & { readonly resource: MergedEntry["from"] })[] = [];

  constructor(merged: Merged, definitions: readonly ProviderDefinition[], others: Others) {
    this.#merged = merged;
    this.#others = others;
    this.#providers = new AiProviders(merged, definitions);
    const plugins = [...merged.lists.plugins];
    this.#proxies = plugins.flatMap(([, { written, from }]) => (isAiProxy(written) ? [{ entry: written, from }] : []));
    this.#plugins = new Map(plugins.filter(([, { written }]) => !isAiProxy(written) && !isRouteFallback(written)));
  }

  result(): Merged {
    const { lists } = this.#merged;
    const candidates = this.#candidates();
    const fallbacks = [...lists.plugins.values()].flatMap(({ written }) => (isRouteFallback(written) ? [written] : []));
    const { behind, taken } = pairedFallbacks(candidates, fallbacks);
    const header = modelHeaderOf(this.#plugins);
    const routes = new Map<string, MergedEntry>();
    for (const [name, entry] of lists.routes) {
      const candidate = candidates.get(name);
      if (taken.has(name)) continue;
      if (candidate === undefined) routes.set(name, entry);
      else routes.set(name, { written: convertedRoute(candidate, behind.get(name), header), from: entry.from });
    }
    // The others may be for routes of the file.
    for (const { entry, from } of this.#proxies)
      for (const source of entry.providers)
        if (!this.#providers.isUsed(source)) this.#providers.at(source, undefined, from);
    const plugins = this.#otherPlugins(candidates, routes);
    const providers = this.#providers.entries();
    const findings = [...(this.#merged.findings ?? []), ...this.#findings, ...this.#providers.findings];
    const registries = this.#registriesLeft(candidates, routes, plugins);
    return { ...this.#merged, lists: { ...lists, routes, plugins, providers, registries }, findings };
  }

  /** Routes that become AI routes, or stand behind one, by name. */
  #candidates(): ReadonlyMap<string, AiCandidate> {
    const candidates = new Map<string, AiCandidate>();
    for (const [name, entry] of this.#merged.lists.routes) {
      if (this.#others.has(entry.written)) continue;
      const candidate = isMapping(entry.written["http"]) ? this.#candidate(name, entry) : undefined;
      if (candidate === undefined) continue;
      candidates.set(name, candidate);
      for (const key of droppedOf(candidate)) {
        const message = `the AI route ${name} has no ${key}: it is left out`;
        this.#findings.push({ resource: entry.from, field: "", message, severity: "warning" });
      }
    }
    return candidates;
  }

  #candidate(name: string, { written, from }: MergedEntry): AiCandidate | undefined {
    const { services: shares } = mapping(written["http"]);
    const { hosts = ["*"] } = mapping(written["match"]);
    const services = entries(shares).map(([, share]) => {
      const place = {
        route: name,
        hosts: Array.isArray(hosts) ? hosts.map(String) : [],
        service: String(share["name"]),
      };
      return this.#service(place, Number(share["weight"] ?? 1));
    });
    const found = services.filter((service) => service !== undefined);
    if (found.length === 0) {
      this.#others.add(written);
      return undefined;
    }
    if (found.length === services.length) return { written, services: found };
    const message = `the route ${name} stays as it is: ai-proxy has a provider for only ${found.length} of its ${services.length} services`;
    this.#findings.push({ resource: from, field: "", message, severity: "warning" });
    return undefined;
  }

  #service(place: PlacedService, weight: number): AiService | undefined {
    for (const { entry, from } of this.#proxies) {
      const source = sourceAt(entry, place);
      if (source === undefined) continue;
      const providers = this.#providers.at(source, place.service, from);
      const modelMapping = modelMappingOf(this.#plugins, place);
      return { name: place.service, weight, providers, ...(modelMapping === undefined ? {} : { modelMapping }) };
    }
    return undefined;
  }

  /** Those that were there for the addresses of providers alone need not be asked any more. */
  #registriesLeft(
    candidates: ReadonlyMap<string, AiCandidate>,
    routes: ReadonlyMap<string, MergedEntry>,
    plugins: ReadonlyMap<string, MergedEntry>,
  ): ReadonlyMap<string, MergedEntry> {
    const { registries } = this.#merged.lists;
    const served = [...candidates.values()].flatMap(({ services }) => services.map(({ name }) => withoutPort(name)));
    const taken = new Set(served);
    if (taken.size === 0) return registries;
    const written = JSON.stringify([...plugins.values()].map((entry) => entry.written));
    const others = [...routes.values()].flatMap((entry) => servicesIn(entry.written));
    const named = new Set(others.map(withoutPort));
    return new Map(
      [...registries].filter(
        ([
          ,
          {
            written: { name, type },
          },
        ]) => {
          const service = `${String(name)}.${String(type)}`;
          return !taken.has(service) || named.has(service) || written.includes(service);
        },
      ),
    );
  }

  #otherPlugins(
    candidates: ReadonlyMap<string, AiCandidate>,
    routes: ReadonlyMap<string, MergedEntry>,
  ): ReadonlyMap<string, MergedEntry> {
    const mapped = [...candidates].filter(([, { services }]) => services.some((one) => one.modelMapping !== undefined));
    const converted = new Set(candidates.keys());
    const plugins = mapped.length === 0 ? this.#plugins : withoutMappingOn(this.#plugins, converted, routes);
    return withProviders(withoutIdleRouter(plugins, routes), [...candidates.values()]);
  }
}

function servicesIn({ http }: Written): readonly string[] {
  const { services, mirror, fallback } = mapping(http);
  const shares = entries(services).map(([, { name }]) => String(name));
  const copies = entries(mirror).map(([, { service }]) => String(service));
  return [...shares, ...copies, String(mapping(fallback)["service"])];
}

/** The provider that an ai-proxy asks for a route's service. */
function sourceAt({ rules, provider, providers }: AiProxyEntry, place: PlacedService): ProviderSource | undefined {
  const rule = rules.find((one) => holdsFor(one, place));
  const wanted = rule === undefined ? provider : rule.provider;
  return providers.find(({ id }) => id === wanted);
}
