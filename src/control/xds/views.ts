import type { XdsView } from "#config/model/xds.ts";
import { isObject, type Json } from "#src/core/json.ts";
import { indexPatterns } from "#src/core/pattern.ts";
import type { NodeView, XdsNode } from "./node.ts";
import { isSame, type ResourceMap, type XdsResource, type XdsSnapshot } from "./snapshot.ts";

/** Shows each node what its view has; nodes that none is for everything. */
export class Views {
  readonly #views: readonly View[];

  constructor(configs: readonly XdsView[]) {
    this.#views = configs.map((config) => new View(config));
  }

  over(snapshot: XdsSnapshot): NodeView {
    return (node) => this.#views.find((view) => view.isFor(node))?.of(snapshot) ?? snapshot;
  }
}

/** One view. It keeps what it made, so that nodes are sent nothing where nothing changed for them. */
class View {
  readonly #listeners: (name: string) => unknown;
  readonly #conditions: readonly ((node: XdsNode) => boolean)[];
  #last: { readonly whole: XdsSnapshot; readonly seen: XdsSnapshot } | undefined;

  constructor({ nodes: { ids, clusters, metadata = {} }, listeners }: XdsView) {
    this.#listeners = namesIn(listeners);
    const [hasId, hasCluster] = [ids, clusters].map((names) => (names === undefined ? () => true : namesIn(names)));
    this.#conditions = [
      ({ id }) => hasId?.(id) !== undefined,
      ({ cluster }) => hasCluster?.(cluster) !== undefined,
      ...Object.entries(metadata).map(
        ([key, value]) =>
          ({ metadata: said }: XdsNode) =>
            said[key] === value,
      ),
    ];
  }

  isFor(node: XdsNode): boolean {
    return this.#conditions.every((holds) => holds(node));
  }

  of(whole: XdsSnapshot): XdsSnapshot {
    if (this.#last?.whole === whole) return this.#last.seen;
    const lds = this.#kept("lds", whole, ({ name, body }) => this.#opens(name, body));
    const hidden = secretsOf(whole.lds.values().filter(({ name }) => !lds.has(name)));
    const shown = secretsOf(lds.values());
    const sds = this.#kept("sds", whole, ({ name }) => shown.has(name) || !hidden.has(name));
    const seen = { ...whole, lds, sds };
    this.#last = { whole, seen };
    return seen;
  }

  /** Envoy's way to itself (an `internal_listener`) belongs to clusters. */
  #opens(name: string, body: Json): boolean {
    return this.#listeners(name) !== undefined || (isObject(body) && body["internal_listener"] !== undefined);
  }

  #kept(type: "lds" | "sds", whole: XdsSnapshot, keeps: (resource: XdsResource) => boolean): ResourceMap {
    const map: ResourceMap = new Map([...whole[type]].filter(([, resource]) => keeps(resource)));
    const last = this.#last?.seen[type];
    return last !== undefined && isSame(last, map) ? last : map;
  }
}

function namesIn(patterns: readonly string[]): (name: string) => unknown {
  return indexPatterns(patterns.map((pattern) => [pattern, true]));
}

/** Names of the secrets that listeners get by SDS. */
function secretsOf(listeners: Iterable<XdsResource>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { body } of listeners) collect(body, found);
  return found;
}

function collect(value: Json, found: Set<string>): void {
  if (Array.isArray(value)) for (const one of value) collect(one, found);
  if (!isObject(value)) return;
  const { name, sds_config: source } = value;
  if (source !== undefined && typeof name === "string") found.add(name);
  for (const one of Object.values(value)) collect(one ?? null, found);
}
