import type { Opaque, PluginConfig, PluginRule } from "./model/plugins.ts";
import { isMapping } from "./check-values.ts";

/** Higress' keys of a rule, in a plugin's own configuration, and ours. */
const PLACES: readonly (readonly [string, keyof PluginRule])[] = [
  ["_match_route_", "routes"],
  ["_match_route_prefix_", "routePrefixes"],
  ["_match_domain_", "domains"],
  ["_match_service_", "services"],
];

/** The entry with the rules that stand in its configuration as Higress writes them (`_rules_`) among its own, after them. */
export function withHigressRules(entry: PluginConfig): PluginConfig {
  let made = known.get(entry);
  if (made === undefined) known.set(entry, (made = rewritten(entry)));
  return made;
}

/** An entry that stays the same is the same again, so that what is built of it need not be built anew. */
const known = new WeakMap<PluginConfig, PluginConfig>();

function rewritten(entry: PluginConfig): PluginConfig {
  const { _rules_: written, ...config } = entry.config ?? {};
  // A plugin with a file of its own reads them itself: Higress' own binaries do.
  if (entry.url !== undefined || !Array.isArray(written)) return entry;
  const rules = [...entry.rules, ...written.filter(isMapping).map(ruleOf)];
  const { config: _, ...others } = entry;
  // A configuration that is nothing but rules says nothing of everywhere else.
  return Object.keys(config).length === 0 ? { ...others, rules } : { ...others, config, rules };
}

function ruleOf(written: Opaque): PluginRule {
  const keys = new Set(PLACES.map(([key]) => key));
  const places = PLACES.filter(([key]) => Array.isArray(written[key])).map(([key, place]) => [place, written[key]]);
  const config = Object.fromEntries(Object.entries(written).filter(([key]) => !keys.has(key)));
  return { ...Object.fromEntries(places), config };
}
