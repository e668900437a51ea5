import type { McpParts } from "#src/core/mcp/host.ts";
import type { Plugin } from "#src/core/plugin.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import type { z } from "zod";
import { type Config, type EntrySchemas, entrySchemas, settledConfig } from "../model.ts";
import { pluginProblems } from "../plugin-checks.ts";
import { CheckedEntries, type ResourceFinding } from "./checked-entries.ts";
import { brokenPlugin } from "./broken-plugin.ts";
import { brokenService, serviceProblems } from "./broken-service.ts";
import { CheckedSettings } from "./checked-settings.ts";
import { type Merged, type MergePass, Merger } from "./merge.ts";
import type { ResourceSet } from "./resource-set.ts";
import { withCertificates } from "./resource-certificates.ts";
import { DanglingRoutes } from "./dangling.ts";
import { type Translated, Translation, type TranslationParts } from "./translation.ts";
import { PIECE_LISTS, type PieceAuto, type PieceList } from "./translator.ts";

/** What Kubernetes objects are turned into a configuration with. */
export interface KubernetesParts extends TranslationParts {
  readonly passes: readonly MergePass[];
  readonly definitions: readonly ProviderDefinition[];
  readonly mcp: McpParts;
  readonly plugins: readonly Plugin[];
}

/** A configuration made of objects, and what there is to say of them. */
export interface KubernetesResult {
  readonly config: Config;
  readonly findings: readonly ResourceFinding[];
  readonly translated: readonly Translated[];
  /** Names that certificates are got for by ACME. */
  readonly auto: readonly PieceAuto[];
}

type Lists = { readonly [L in PieceList]: readonly EntryOf<L>[] };
type EntryOf<L extends PieceList> = EntrySchemas[L] extends z.ZodType<infer T extends object> ? T : never;

/**
 * The configuration that a set of objects comes to over another one, whose entries come first. An object with an error costs its own part;
 * everything else goes on. What did not change since the last time stays the same object.
 */
export class KubernetesConfig {
  readonly #parts: KubernetesParts;
  readonly #translation: Translation;
  readonly #entries: { readonly [L in PieceList]: CheckedEntries<EntryOf<L>> };
  readonly #merger = new Merger();
  readonly #dangling = new DanglingRoutes();
  readonly #settings = new CheckedSettings();
  #last: Config | undefined;

  constructor(set: ResourceSet, parts: KubernetesParts) {
    this.#parts = parts;
    this.#translation = new Translation(set, parts);
    const schemas = entrySchemas(parts.definitions, parts.mcp);
    const pluginsIn = (list: "plugins" | "routes") => (written: object) =>
      pluginProblems({ [list]: [written] }, parts.plugins).map(({ path, ...problem }) =>
        Object.assign(problem, { path: path.slice(2) }),
      );
    this.#entries = {
      listeners: new CheckedEntries(schemas.listeners),
      routes: new CheckedEntries(schemas.routes, { problems: pluginsIn("routes") }),
      tcpRoutes: new CheckedEntries(schemas.tcpRoutes),
      services: new CheckedEntries(schemas.services, { problems: serviceProblems, instead: brokenService }),
      providers: new CheckedEntries(schemas.providers),
      plugins: new CheckedEntries(
        schemas.plugins.transform((entry) => ({ ...entry, required: false })),
        { problems: pluginsIn("plugins"), instead: brokenPlugin },
      ),
      mcpServers: new CheckedEntries(schemas.mcpServers),
      registries: new CheckedEntries(schemas.registries),
      proxies: new CheckedEntries(schemas.proxies),
      consumers: new CheckedEntries(schemas.consumers),
    };
  }

  update(base: Config): KubernetesResult {
    const translated = this.#translation.update();
    const findings: ResourceFinding[] = [];
    for (const { resource, piece } of translated) {
      for (const finding of piece.findings) findings.push({ ...finding, resource: finding.about ?? resource });
    }
    const found = (finding: ResourceFinding): void => void findings.push(finding);
    const merged = this.#parts.passes.reduce((all, pass) => pass(all), this.#merger.merge(translated));
    findings.push(...(merged.findings ?? []));
    const lists = this.#lists(merged, found);
    const config = this.#config(base, merged, lists, found);
    return { config, findings, translated, auto: merged.auto.map(({ auto }) => auto) };
  }

  #lists(merged: Merged, found: (finding: ResourceFinding) => void): Lists {
    const one = <L extends PieceList>(list: L): readonly EntryOf<L>[] => {
      const entries: CheckedEntries<EntryOf<L>> = this.#entries[list];
      return entries.check(merged.lists[list], found);
    };
    return Object.fromEntries(PIECE_LISTS.map((list) => [list, one(list)])) as unknown as Lists;
  }

  #config(base: Config, merged: Merged, lists: Lists, found: (finding: ResourceFinding) => void): Config {
    const together = {
      ...base,
      ...this.#settings.of(merged, found),
      acme: merged.acme === undefined ? base.acme : { ...base.acme, ...merged.acme },
      listeners: joined(base.listeners, lists.listeners, ({ name }) => name),
      routes: joined(base.routes, lists.routes, ({ name }) => name),
      tcpRoutes: joined(base.tcpRoutes, lists.tcpRoutes, ({ name }) => name),
      services: joined(base.services, lists.services, ({ name }) => name),
      providers: joined(base.providers, lists.providers, ({ id, type }) => id ?? type),
      plugins: [...base.plugins, ...lists.plugins],
      mcpServers: joined(base.mcpServers, lists.mcpServers, ({ name }) => name),
      registries: joined(base.registries, lists.registries, ({ name, type }) => `${type} ${name}`),
      proxies: joined(base.proxies, lists.proxies, ({ name }) => name),
      consumers: joined(base.consumers, lists.consumers, ({ name }) => name),
    };
    const settled = this.#kept(settledConfig(together, this.#parts.definitions));
    const whole = this.#dangling.leftOut(settled, (route) => this.#entries.routes.originOf(route), found);
    return withCertificates(whole, merged, found);
  }

  /** Lists that have the same entries as the last time are the same lists. */
  #kept(config: Config): Config {
    const last = this.#last;
    const kept = last === undefined ? config : { ...config, ...sameLists(last, config) };
    this.#last = kept;
    return kept;
  }
}

function sameLists(last: Config, config: Config): Partial<Config> {
  const same = PIECE_LISTS.filter((list) => {
    const [before, after]: readonly (readonly object[])[] = [last[list], config[list]];
    return before?.length === after?.length && before?.every((entry, index) => entry === after?.[index]) === true;
  });
  return Object.fromEntries(same.map((list) => [list, last[list]]));
}

/** Both lists, without entries of the second whose names are taken. */
function joined<T>(first: readonly T[], second: readonly T[], nameOf: (entry: T) => string): readonly T[] {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const taken = new Set(first.map(nameOf));
  return [...first, ...second.filter((entry) => !taken.has(nameOf(entry)))];
}
