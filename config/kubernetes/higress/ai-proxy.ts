import { entries, isMapping, type Mapping, mapping } from "../../check-values.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { formatPath, type Path } from "../../report.ts";
import type { Finding, Written } from "../translator.ts";
import { type ProviderSource, readProvider } from "./ai-provider.ts";
import type { RulePlace } from "./rule-place.ts";

/**
 * Higress' plugin ai-proxy. It is none here: its providers are the gateway's, and routes where it holds become AI routes. What it says
 * stands among the plugins until `ai-routes.ts`, which sees all routes, has made these of it.
 */
export const AI_PROXY = "ai-proxy";

/** Where an ai-proxy asks which provider; none: requests pass it unchanged. */
export interface AiProxyRule extends RulePlace {
  readonly provider?: string;
}

/** What an ai-proxy says, as an entry of `plugins`. */
export interface AiProxyEntry extends Written {
  readonly name: typeof AI_PROXY;
  readonly id: string;
  readonly providers: readonly ProviderSource[];
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
  const global = mapping(configuration["config"]);
  const providers = new ProviderList(definitions, findings);
  const active = providers.active(global, ["spec", "defaultConfig"]);
  const rules = entries(configuration["rules"]).map(([index, { config, ...place }]): AiProxyRule => {
    const provider = providers.active(over(global, mapping(config)), ["spec", "matchRules", index, "config"]);
    return provider === undefined ? place : Object.assign({}, place, { provider });
  });
  return {
    name: AI_PROXY,
    id,
    providers: providers.all,
    rules,
    ...(active === undefined ? {} : { provider: active }),
  };
}

/** A rule's configuration is the global one with the rule's keys over it; what it says of the active provider counts alone. */
function over(global: Mapping, own: Mapping): Mapping {
  const { provider, ...others } = global;
  const says = own["activeProviderId"] !== undefined;
  return { ...(provider === undefined || says ? {} : { provider }), ...others, ...own };
}

/** The providers that a plugin names, each once. */
class ProviderList {
  readonly all: ProviderSource[] = [];
  readonly #definitions: readonly ProviderDefinition[];
  readonly #findings: Finding[];
  /** What was made of a provider as written: the same one is met again in each rule. */
  readonly #made = new Map<unknown, string | undefined>();

  constructor(definitions: readonly ProviderDefinition[], findings: Finding[]) {
    this.#definitions = definitions;
    this.#findings = findings;
  }

  /** The id of the active provider of a configuration, all of whose providers are taken in. */
  active(config: Mapping, path: Path): string | undefined {
    if (isMapping(config["provider"])) return this.#take(config["provider"], [...path, "provider"]);
    const ids = entries(config["providers"]).map(
      ([index, one]) => [one["id"], this.#take(one, [...path, "providers", index])] as const,
    );
    const wanted = config["activeProviderId"];
    if (typeof wanted !== "string" || wanted === "") return undefined;
    const found = ids.find(([id]) => id === wanted);
    if (found !== undefined) return found[1];
    const message = `names no provider of this plugin: ${wanted}`;
    this.#findings.push({ field: formatPath([...path, "activeProviderId"]), message, severity: "error" });
    return undefined;
  }

  #take(written: Mapping, path: Path): string | undefined {
    if (this.#made.has(written)) return this.#made.get(written);
    const read = readProvider(written, path, this.#definitions, this.#findings);
    const id = read === undefined ? undefined : this.#add(read);
    this.#made.set(written, id);
    return id;
  }

  #add(read: ProviderSource): string {
    const id = freeName(read.id, (name) => this.all.some((one) => one.id === name));
    this.all.push({ ...read, id });
    return id;
  }
}

/** The name, or the first of `name-2`, `name-3`, … that is not taken. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name;
  for (let count = 2; ; count++) if (!isTaken(`${name}-${count}`)) return `${name}-${count}`;
}
