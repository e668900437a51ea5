import { isDeepStrictEqual } from "node:util";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { entries, isMapping, type Mapping, mapping } from "../../check-values.ts";
import { checkValue } from "../../issues.ts";
import { providerEntry } from "../../model/providers.ts";
import { formatPath, type Path } from "../../report.ts";
import type { Finding, Written } from "../translator.ts";

/**
 * Higress' plugin ai-proxy. It is none here: its providers are the gateway's, and routes where it holds become AI routes. What it says
 * stands among the plugins until `ai-routes.ts`, which sees all routes, has made these of it.
 */
export const AI_PROXY = "ai-proxy";

/** Where an ai-proxy asks which provider; none: requests pass it unchanged. */
export interface AiProxyRule {
  readonly routePrefixes?: readonly string[];
  readonly routes?: readonly string[];
  readonly domains?: readonly string[];
  readonly services?: readonly string[];
  readonly provider?: string;
}

/** What an ai-proxy says, as an entry of `plugins`. */
export interface AiProxyEntry extends Written {
  readonly name: typeof AI_PROXY;
  readonly id: string;
  /** Entries of `providers`, each with an id. */
  readonly providers: readonly (Written & { readonly id: string })[];
  /** In the order in which they are tried. */
  readonly rules: readonly AiProxyRule[];
  /** Where no rule holds. */
  readonly provider?: string;
}

/** Whether an entry of `plugins` is what {@link aiProxyEntry} makes. */
export function isAiProxy(entry: Written): entry is AiProxyEntry {
  return entry["name"] === AI_PROXY && Array.isArray(entry["providers"]) && Array.isArray(entry["rules"]);
}

/** The entry for a plugin's configuration and its rules, which stand over copies of it. */
export function aiProxyEntry(
  id: string,
  configuration: Written,
  definitions: readonly ProviderDefinition[],
  findings: Finding[],
): AiProxyEntry {
  const { _rules_: inside, ...global } = mapping(configuration["config"]);
  const base = rootOf(configuration);
  const providers = new ProviderList(definitions, findings);
  const provider = providers.active(global, base);
  const rules = entries(configuration["rules"]).map(([index, rule]): AiProxyRule => {
    const { config, ...place } = rule;
    const own = mapping(config);
    const active = providers.active(over(global, own), ["spec", "matchRules", index, "config"]);
    return active === undefined ? place : Object.assign({}, place, { provider: active });
  });
  const written = entries(inside).map(([index, rule]): AiProxyRule => {
    const active = providers.active(over(global, rule), [...base, "_rules_", index]);
    return Object.assign(writtenPlace(rule), active === undefined ? {} : { provider: active });
  });
  const all = [...rules, ...written];
  return {
    name: AI_PROXY,
    id,
    providers: providers.all,
    rules: all,
    ...(provider === undefined ? {} : { provider }),
  };
}

function rootOf(configuration: Written): Path {
  return ["spec", configuration["rules"] === undefined ? "pluginConfig" : "defaultConfig"];
}

/** A rule's configuration is the global one with the rule's keys over it; its own provider is the active one. */
function over(global: Mapping, own: Mapping): Mapping {
  const all = { ...global, ...own };
  if (own["provider"] !== undefined || own["activeProviderId"] === undefined) return all;
  const { provider: _, ...others } = all;
  return others;
}

function writtenPlace(rule: Mapping): AiProxyRule {
  return Object.fromEntries(
    (
      [
        ["_match_route_", "routes"],
        ["_match_route_prefix_", "routePrefixes"],
        ["_match_domain_", "domains"],
        ["_match_service_", "services"],
      ] as const
    ).flatMap(([key, place]) => (Array.isArray(rule[key]) ? [[place, rule[key]]] : [])),
  );
}

/** The providers that a plugin names, each once. */
class ProviderList {
  readonly all: (Written & { readonly id: string })[] = [];
  readonly #definitions: readonly ProviderDefinition[];
  readonly #findings: Finding[];
  /** What was made of a provider as written: the same one may be met again in a rule. */
  readonly #made = new Map<unknown, string | undefined>();

  constructor(definitions: readonly ProviderDefinition[], findings: Finding[]) {
    this.#definitions = definitions;
    this.#findings = findings;
  }

  /** The id of the active provider of a configuration, all of whose providers are taken in. */
  active(config: Mapping, path: Path): string | undefined {
    if (isMapping(config["provider"])) return this.#take(config["provider"], [...path, "provider"]);
    const wanted = config["activeProviderId"];
    const list = Array.isArray(config["providers"]) ? config["providers"] : [];
    const ids = list.map((one: unknown, index): [unknown, string | undefined] => {
      if (!isMapping(one)) return [undefined, undefined];
      return [one["id"], this.#take(one, [...path, "providers", index])];
    });
    if (typeof wanted !== "string" || wanted === "") return undefined;
    const found = ids.find(([id]) => id === wanted);
    if (found !== undefined) return found[1];
    const message = `names no provider of this plugin: ${wanted}`;
    this.#findings.push({ field: formatPath([...path, "activeProviderId"]), message, severity: "error" });
    return undefined;
  }

  #take(written: Mapping, path: Path): string | undefined {
    if (this.#made.has(written)) return this.#made.get(written);
    const id = this.#add(written, path);
    this.#made.set(written, id);
    return id;
  }

  #add(written: Mapping, path: Path): string | undefined {
    const fields = this.#known(withoutNothing(written), path);
    if (fields === undefined) return undefined;
    const { id: _, ...settings } = fields;
    const wanted = providerId(fields["id"] ?? fields["type"]);
    for (let count = 1; ; count++) {
      const id = count === 1 ? wanted : `${wanted}-${count}`;
      const taken = this.all.find((one) => one.id === id);
      if (taken === undefined) this.all.push({ id, ...settings });
      if (taken === undefined || isDeepStrictEqual(taken, { id, ...settings })) return id;
    }
  }

  /** The fields that the gateway has; a provider that cannot be used is left out. */
  #known(written: Mapping, path: Path): Mapping | undefined {
    const fields = renamed(written);
    const unknown = this.#problems(fields).filter(({ path: place, atKey }) => atKey === true && place.length === 1);
    for (const { path: place } of unknown) {
      const field = formatPath([...path, ...place]);
      this.#findings.push({ field, message: "has no effect here", severity: "warning" });
    }
    const keys = new Set(unknown.map(({ path: [key] }) => key));
    const kept = Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.has(key)));
    const problems = this.#problems(kept);
    for (const { path: place, message, hint } of problems) {
      const field = formatPath([...path, ...place]);
      this.#findings.push({ field, message, severity: "error", ...(hint === undefined ? {} : { hint }) });
    }
    return problems.length === 0 ? kept : undefined;
  }

  #problems(fields: Mapping): readonly { readonly path: Path; message: string; hint?: string; atKey?: boolean }[] {
    const id = providerId(fields["id"] ?? fields["type"]);
    const outcome = checkValue(providerEntry(this.#definitions), { ...fields, id });
    return "problems" in outcome ? outcome.problems : [];
  }
}

/** Higress takes any text for an id. */
function providerId(written: unknown): string {
  const id = typeof written === "string" ? written.replaceAll(/[^\w.:@-]/g, "-").slice(0, 90) : "";
  return id === "" ? "provider" : id;
}

/** Fields whose names in Higress' documentation its code does not know, and ports that its console keeps as text. */
function renamed({ subPath, ...written }: Mapping): Mapping {
  const port = written["ollamaServerPort"];
  return {
    ...written,
    ...(subPath === undefined || written["basePath"] !== undefined ? {} : { basePath: subPath }),
    ...(typeof port === "string" && /^\d+$/.test(port) ? { ollamaServerPort: Number(port) } : {}),
  };
}

/** Without keys that have no value: Higress' console writes them. */
function withoutNothing(value: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null && one !== undefined)
      .map(([key, one]) => [key, isMapping(one) ? withoutNothing(one) : one]),
  );
}
