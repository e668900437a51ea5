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
import { type EntryPlace, type Merged, type MergePass, Merger } from "./merge.ts";
import type { ResourceSet } from "./resource-set.ts";
import { ResourceCertificates } from "./resource-certificates.ts";
import { DanglingRoutes } from "./dangling.ts";
import type { PieceChange, Translated } from "./translated.ts";
import { Translation, type TranslationParts } from "./translation.ts";
import { PIECE_LISTS, type PieceAuto, type PieceList, type Written } from "./translator.ts";

/** What Kubernetes objects are turned into a configuration with. */
export interface KubernetesParts extends TranslationParts {
  readonly placeOfRoute?: EntryPlace;
  readonly passes: readonly MergePass[];
  readonly definitions: readonly ProviderDefinition[];
  readonly mcp: McpParts;
  readonly plugins: readonly Plugin[];
}

/** A configuration made of objects, and what has changed. */
export interface KubernetesResult {
  readonly config: Config;
  /** What there is to say of what objects come to together; what is said of each by itself is in its piece. */
  readonly together: readonly ResourceFinding[];
  /** Those that are others than the last time. */
  readonly changes: readonly PieceChange[];
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
  readonly #merger: Merger;
  readonly #certificates = new ResourceCertificates();
  readonly #dangling = new DanglingRoutes();
  readonly #settings = new CheckedSettings();
  #last: Config | undefined;
  #together: readonly ResourceFinding[] = [];

  constructor(set: ResourceSet, parts: KubernetesParts) {
    this.#parts = parts;
    this.#translation = new Translation(set, parts);
    this.#merger = new Merger(parts.placeOfRoute);
    const schemas = entrySchemas(parts.definitions, parts.mcp);
    const pluginsIn = (list: "plugins" | "routes") => (written: object) =>
      pluginProblems({ [list]: [written] }, parts.plugins).map(({ path, ...problem }) =>
        Object.assign(problem, { path: path.slice(2) }),
      );
    this.#entries = {
      listeners: new CheckedEntries("listeners", schemas.listeners),
      routes: new CheckedEntries("routes", schemas.routes, { problems: pluginsIn("routes") }),
      tcpRoutes: new CheckedEntries("tcpRoutes", schemas.tcpRoutes),
      services: new CheckedEntries("services", schemas.services, { problems: serviceProblems, instead: brokenService }),
      providers: new CheckedEntries("providers", schemas.providers),
      plugins: new CheckedEntries(
        "plugins",
        schemas.plugins.transform((entry) => ({ ...entry, required: false })),
        { problems: pluginsIn("plugins"), instead: brokenPlugin },
      ),
      mcpServers: new CheckedEntries("mcpServers", schemas.mcpServers),
      registries: new CheckedEntries("registries", schemas.registries),
      proxies: new CheckedEntries("proxies", schemas.proxies),
      consumers: new CheckedEntries("consumers", schemas.consumers),
    };
  }

  update(base: Config): KubernetesResult {
    const changes = this.#translation.update();
    const together: ResourceFinding[] = [];
    const found = (finding: ResourceFinding): void => void together.push(finding);
    const merged = this.#parts.passes.reduce((all, pass) => pass(all), this.#merger.update(changes));
    together.push(...(merged.findings ?? []));
    const lists = this.#lists(merged, found);
    const config = this.#config(base, merged, lists, found);
    this.#together = together;
    return { config, together, changes, auto: merged.auto.map(({ auto }) => auto) };
  }

  /** What the good entry of a name was read from. */
  writtenOf(list: PieceList, name: string): Written | undefined {
    return this.#entries[list].writtenOf(name);
  }

  /** Everything that there is to say of objects now. */
  get findings(): readonly ResourceFinding[] {
    return [...this.translated.flatMap(findingsIn), ...this.#together];
  }

  /** What all objects come to now. */
  get translated(): readonly Translated[] {
    return this.#translation.pieces;
  }

  #lists(merged: Merged, found: (finding: ResourceFinding) => void): Lists {
    const one = <L extends PieceList>(list: L): readonly EntryOf<L>[] => {
      const entries: CheckedEntries<EntryOf<L>> = this.#entries[list];
      return entries.check(merged.lists[list], found);
    };
    return Object.fromEntries(PIECE_LISTS.map((list) => [list, one(list)])) as unknown as Lists;
  }

  #config(base: Config, merged: Merged, lists: Lists, found: (finding: ResourceFinding) => void): Config {
    const known = this.#entries;
    const together = {
      ...base,
      ...this.#settings.of(merged, found),
      acme: merged.acme === undefined ? base.acme : { ...base.acme, ...merged.acme },
      listeners: joined(base.listeners, lists.listeners, ({ name }) => name, known.listeners),
      routes: joined(base.routes, lists.routes, ({ name }) => name, known.routes),
      tcpRoutes: joined(base.tcpRoutes, lists.tcpRoutes, ({ name }) => name, known.tcpRoutes),
      services: joined(base.services, lists.services, ({ name }) => name, known.services),
      providers: joined(base.providers, lists.providers, ({ id, type }) => id ?? type, known.providers),
      plugins: [...base.plugins, ...lists.plugins],
      mcpServers: joined(base.mcpServers, lists.mcpServers, ({ name }) => name, known.mcpServers),
      registries: joined(base.registries, lists.registries, ({ name, type }) => `${type} ${name}`),
      proxies: joined(base.proxies, lists.proxies, ({ name }) => name, known.proxies),
      consumers: joined(base.consumers, lists.consumers, ({ name }) => name, known.consumers),
    };
    const settled = this.#kept(settledConfig(together, this.#parts.definitions));
    const whole = this.#dangling.leftOut(settled, (route) => this.#entries.routes.originOf(route), found);
    return this.#certificates.over(whole, merged, found);
  }

  /** Lists that have the same entries as the last time are the same lists. */
  #kept(config: Config): Config {
    const last = this.#last;
    const kept = last === undefined ? config : { ...config, ...sameLists(last, config) };
    this.#last = kept;
    return kept;
  }
}

/** What the piece of an object says of it. */
export function findingsIn({ resource, piece }: Translated): readonly ResourceFinding[] {
  return piece.findings.map((finding) => ({ ...finding, resource: finding.about ?? resource }));
}

function sameLists(last: Config, config: Config): Partial<Config> {
  const same = PIECE_LISTS.filter((list) => {
    const [before, after]: readonly (readonly object[])[] = [last[list], config[list]];
    return before?.length === after?.length && before?.every((entry, index) => entry === after?.[index]) === true;
  });
  return Object.fromEntries(same.map((list) => [list, last[list]]));
}

/** Both lists, without entries of the second whose names are taken; `known` tells whether the second has a name. */
function joined<T>(
  first: readonly T[],
  second: readonly T[],
  nameOf: (entry: T) => string,
  known?: { has(name: string): boolean },
): readonly T[] {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const taken = new Set(first.map(nameOf));
  if (known !== undefined && ![...taken].some((name) => known.has(name))) return [...first, ...second];
  return [...first, ...second.filter((entry) => !taken.has(nameOf(entry)))];
}
