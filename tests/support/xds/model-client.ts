import type { DiscoveryAnswer, DiscoveryRequest } from "#src/control/xds/discovery-stream.ts";
import { RESOURCE_KINDS, type ResourceType } from "#src/control/xds/resource-types.ts";
import type { XdsResource } from "#src/control/xds/snapshot.ts";

/** What a client has of one type. */
interface Held {
  readonly resources: Map<string, XdsResource>;
  names: Set<string>;
  wildcard: boolean;
  version: string;
  nonce: string;
}

/** What a model client does beyond following the protocol. */
export interface ModelOptions {
  readonly protocol: "sotw" | "delta";
  send(request: DiscoveryRequest): void;
}

/**
 * A client as Envoy is one: it gets all clusters and listeners, asks for the endpoints of its clusters and the routes of its listeners,
 * and notes when it sees a route whose cluster it does not have or has not warmed.
 */
export class ModelClient {
  readonly violations: string[] = [];
  readonly #protocol: "sotw" | "delta";
  readonly #send: (request: DiscoveryRequest) => void;
  #held: Map<ResourceType, Held> = new Map();
  /** Clusters that can serve. */
  readonly #usable = new Set<string>();
  /** Clusters that wait for their endpoints. */
  readonly warming: Set<string> = new Set();

  constructor(options: ModelOptions) {
    this.#protocol = options.protocol;
    this.#send = (request) => options.send(request);
  }

  resources(type: ResourceType): ReadonlyMap<string, XdsResource> {
    return this.#held.get(type)?.resources ?? new Map();
  }

  names(type: ResourceType): ReadonlySet<string> {
    return this.#held.get(type)?.names ?? new Set();
  }

  /** Opens a stream: the first one, or one after another was lost. */
  connect(): void {
    const before = this.#held;
    this.#held = new Map();
    for (const type of ["cds", "lds"] as const) this.#begin(type, new Set(), true, before.get(type));
    for (const [type, held] of before)
      if (!held.wildcard && held.names.size > 0) this.#begin(type, held.names, false, held);
  }

  /** Asks for other names of a type that is not derived from another. */
  choose(type: ResourceType, names: ReadonlySet<string>): void {
    this.#resubscribe(type, names);
  }

  /** Takes an answer, or refuses it whole. */
  receive({ kind, nonce, push }: DiscoveryAnswer, refuse: boolean): void {
    const held = this.#of(kind.type);
    held.nonce = nonce;
    if (!refuse) {
      held.version = push.version;
      this.#apply(kind.type, held, push.entries, kind.full);
    }
    // Envoy asks for what follows from an answer before it acknowledges that.
    if (!refuse && kind.type === "cds") this.#follow("eds", this.resources("cds").keys());
    if (!refuse && kind.type === "lds") this.#follow("rds", this.resources("lds").keys());
    this.#request(kind.type, held, { error: refuse ? "refused" : undefined, nonce });
    this.#check();
  }

  #apply(type: ResourceType, held: Held, entries: DiscoveryAnswer["push"]["entries"], full: boolean): void {
    const arrived = new Set(entries.map(({ name }) => name));
    if (arrived.size < entries.length) this.violations.push(`${type}: a name stands twice in an answer`);
    if (this.#protocol === "sotw" && full)
      for (const name of held.resources.keys()) if (!arrived.has(name)) held.resources.delete(name);
    for (const { name, resource } of entries) {
      if (resource === undefined) held.resources.delete(name);
      else if (held.wildcard || held.names.has(name)) {
        if (type === "cds" && held.resources.get(name)?.version !== resource.version) this.warming.add(name);
        held.resources.set(name, resource);
        if (type === "eds" && this.warming.delete(name)) this.#usable.add(name);
      }
    }
    if (type !== "cds") return;
    for (const set of [this.#usable, this.warming])
      for (const name of set) if (!held.resources.has(name)) set.delete(name);
  }

  #follow(type: ResourceType, names: Iterable<string>): void {
    this.#resubscribe(type, new Set(names));
  }

  #resubscribe(type: ResourceType, names: ReadonlySet<string>): void {
    const held = this.#of(type);
    const [added, dropped] = [
      [...names].filter((name) => !held.names.has(name)),
      [...held.names].filter((name) => !names.has(name)),
    ];
    if (added.length + dropped.length === 0) return;
    held.names = new Set(names);
    for (const name of dropped) held.resources.delete(name);
    this.#request(type, held, this.#protocol === "sotw" ? {} : { subscribe: added, unsubscribe: dropped, nonce: "" });
  }

  #begin(type: ResourceType, names: ReadonlySet<string>, wildcard: boolean, before: Held | undefined): void {
    const resources = new Map(before?.resources);
    const held = { resources, names: new Set(names), wildcard, version: before?.version ?? "", nonce: "" };
    this.#held.set(type, held);
    const versions = new Map([...resources].map(([name, { version }]) => [name, version]));
    this.#request(type, held, { versions, subscribe: [...names] });
  }

  #of(type: ResourceType): Held {
    const held = this.#held.get(type) ?? {
      resources: new Map<string, XdsResource>(),
      names: new Set<string>(),
      wildcard: false,
      version: "",
      nonce: "",
    };
    this.#held.set(type, held);
    return held;
  }

  #request(type: ResourceType, held: Held, fields: Partial<DiscoveryRequest>): void {
    this.#send({
      typeUrl: RESOURCE_KINDS.find((kind) => kind.type === type)?.typeUrl ?? "",
      nonce: held.nonce,
      error: undefined,
      version: held.version,
      names: [...held.names],
      subscribe: [],
      unsubscribe: [],
      versions: new Map(),
      ...fields,
    });
  }

  /** No route leads to a cluster that cannot serve. */
  #check(): void {
    for (const { name, body } of this.resources("rds").values()) {
      const target = /"cluster":"([^"]+)"/.exec(JSON.stringify(body))?.[1] ?? "";
      if (!this.#usable.has(target)) this.violations.push(`the route ${name} leads to ${target}, which cannot serve`);
    }
  }
}
