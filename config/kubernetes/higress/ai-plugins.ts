import { entries, type Mapping, mapping } from "../../check-values.ts";
import type { MergedEntry } from "../merge.ts";
import type { Written } from "../translator.ts";
import { type AiCandidate, type AiService } from "./ai-route.ts";
import { holdsFor, isSameService, type PlacedService, type RulePlace } from "./rule-place.ts";

/** What routes that became AI routes mean for the other plugins. */

type Plugins = ReadonlyMap<string, MergedEntry>;

/** The header that model-router writes a request's model into, everywhere; in lower case. */
export function modelHeaderOf(plugins: Plugins): string | undefined {
  for (const { written } of plugins.values()) {
    const { modelToHeader } = mapping(written["config"]);
    if (isBuiltIn(written, "model-router") && typeof modelToHeader === "string") return modelToHeader.toLowerCase();
  }
  return undefined;
}

/** The plugins without a model-router whose only work was a header that nobody looks at any more. */
export function withoutIdleRouter(plugins: Plugins, routes: ReadonlyMap<string, MergedEntry>): Plugins {
  const header = modelHeaderOf(plugins);
  const matched = [...routes.values()].some(({ written }) =>
    entries(mapping(written["match"])["headers"]).some(([, { name }]) => String(name).toLowerCase() === header),
  );
  // A plugin with a file of its own may read anything.
  if (matched || [...plugins.values()].some(({ written }) => written["url"] !== undefined)) return plugins;
  const isIdle = (written: Written): boolean =>
    isBuiltIn(written, "model-router") &&
    entries(written["rules"]).length === 0 &&
    Object.keys(mapping(written["config"])).join() === "modelToHeader";
  return new Map([...plugins].filter(([, { written }]) => !isIdle(written)));
}

/** The plugins, whose rules for a service are also for the providers that are asked in its place. */
export function withProviders(plugins: Plugins, candidates: readonly AiCandidate[]): Plugins {
  const placed = candidates.flatMap(({ services }) => services);
  return mapped(plugins, (written) => {
    if (!entries(written["rules"]).some(([, { services }]) => services !== undefined)) return written;
    return { ...written, rules: rulesOf(written).map((rule) => withProvidersIn(rule, placed)) };
  });
}

function withProvidersIn(rule: Mapping, placed: readonly AiService[]): Mapping {
  if (!Array.isArray(rule["services"])) return rule;
  const named = rule["services"].map(String);
  const providers = placed
    .filter(({ name }) => named.some((one) => isSameService(one, name)))
    .flatMap((service) => service.providers);
  return providers.length === 0 ? rule : { ...rule, services: [...new Set([...named, ...providers])] };
}

/** Model names that model-mapper changes on the way to a service, so that the providers' upstreams can do it without it. */
export function modelMappingOf(plugins: Plugins, place: PlacedService): Mapping | undefined {
  for (const { written } of plugins.values()) {
    if (!isBuiltIn(written, "model-mapper")) continue;
    const rule = rulesOf(written).find((one) => holdsFor(one as RulePlace, place));
    if (rule?.["disabled"] === true) continue;
    const config = mapping(rule === undefined ? written["config"] : rule["config"]);
    const names = mapping(config["modelMapping"]);
    if (Object.keys(names).length > 0) return names;
  }
  return undefined;
}

/** The plugins without what model-mapper did on these routes. */
export function withoutMappingOn(
  plugins: Plugins,
  converted: ReadonlySet<string>,
  routes: ReadonlyMap<string, MergedEntry>,
): Plugins {
  const others = [...routes.keys()].filter((name) => !converted.has(name));
  const isLeft = ({ routePrefixes }: Mapping): boolean =>
    !Array.isArray(routePrefixes) ||
    routePrefixes.some((prefix) => others.some((name) => name.startsWith(String(prefix))));
  const left = mapped(plugins, (written) => {
    if (!isBuiltIn(written, "model-mapper")) return written;
    const rules = rulesOf(written).filter(isLeft);
    if (rules.length === 0 && written["config"] === undefined) return undefined;
    return { ...written, rules: [{ routes: [...converted], disabled: true }, ...rules] };
  });
  return left;
}

function mapped(plugins: Plugins, change: (written: Written) => Written | undefined): Plugins {
  return new Map(
    [...plugins].flatMap(([id, entry]): [string, MergedEntry][] => {
      const written = change(entry.written);
      if (written === undefined) return [];
      return [[id, written === entry.written ? entry : { written, from: entry.from }]];
    }),
  );
}

function rulesOf(written: Written): readonly Mapping[] {
  return entries(written["rules"]).map(([, rule]) => rule);
}

function isBuiltIn(written: Written, name: string): boolean {
  return written["name"] === name && written["url"] === undefined;
}
