import type { PluginConfig } from "#config/model.ts";
import type { PluginRule } from "#config/model/plugins.ts";
import { holdsOn, type RuledRoute } from "#src/core/plugin-rules.ts";

/** What holds of an entry at a route of one virtual host; `unclear` where the host's pattern leaves it open. */
export type Choice =
  | "off"
  | "unclear"
  | { readonly broken: string }
  | { readonly global: PluginConfig["config"] }
  | {
      readonly global: PluginConfig["config"];
      readonly rule: NonNullable<PluginRule["config"]>;
      readonly index: number;
    };

/** The first rule that holds counts, then the entry's own configuration: as in src/core/plugin-rules.ts. */
export function choiceAt(entry: PluginConfig, route: RuledRoute, host: string): Choice {
  const global = globalOf(entry);
  for (const [index, place] of entry.rules.entries()) {
    const holds = holdsAt(place, route, host);
    if (holds === undefined) return "unclear";
    if (!holds) continue;
    const broken = entry.broken ?? place.broken;
    if (place.disabled === true) return "off";
    return broken === undefined ? { global, rule: place.config ?? {}, index } : { broken };
  }
  if (entry.disabled || global === undefined) return "off";
  return entry.broken === undefined ? { global } : { broken: entry.broken };
}

/** An entry of nothing but rules says nothing of everywhere else; one of nothing at all is on everywhere. */
export function globalOf({ config, rules }: PluginConfig): PluginConfig["config"] {
  return config ?? (rules.length === 0 ? {} : undefined);
}

/** Undefined: for some of the hosts. */
function holdsAt(place: PluginRule, route: RuledRoute, host: string): boolean | undefined {
  const domains = holdsOn(place, route);
  if (typeof domains === "boolean") return domains;
  const fits = new Set(domains.map((domain) => domainFits(domain.toLowerCase(), host)));
  return fits.has(true) ? true : fits.has(undefined) ? undefined : false;
}

/**
 * Whether a rule's domain is all, none or (undefined) some of a host pattern. None, too, where it has a virtual host of its own: the
 * pattern's never sees its requests.
 */
function domainFits(domain: string, host: string): boolean | undefined {
  if (!host.startsWith("*")) return hostFits(domain, host);
  const name = domain.replace(/^\*/, "");
  if (domain.startsWith("*") && host.slice(1).endsWith(name)) return true;
  if (HOST.test(domain)) return false;
  return domain.endsWith("*") || name.endsWith(host.slice(1)) ? undefined : false;
}

/** What a virtual host can be for. */
const HOST = /^(?:\*\.)?[a-z0-9_][\w.-]*$/;

function hostFits(domain: string, host: string): boolean {
  if (domain.startsWith("*")) return host.endsWith(domain.slice(1));
  if (domain.endsWith("*")) return host.startsWith(domain.slice(0, -1));
  return host === domain;
}

/** Hosts that rules tell apart: each gets a virtual host of its own. */
export function ruledHosts(entries: readonly PluginConfig[]): readonly string[] {
  const domains = entries.flatMap(({ rules }) => rules.flatMap((rule) => rule.domains ?? []));
  return [...new Set(domains.map((domain) => domain.toLowerCase()))].filter((domain) => HOST.test(domain));
}
