import type { Clock } from "#src/core/clock.ts";
import { type Claims, comparedClaims } from "./claims.ts";
import type { Entry, Outstanding, Protocol, Push, Refusal, Verdict } from "./push.ts";
import { Retries } from "./retries.ts";
import type { ResourceKind } from "./resource-types.ts";
import {
  changeOf,
  difference,
  type ResourceChange,
  type ResourceMap,
  unionOf,
  versionOfMap,
  type XdsResource,
} from "./snapshot.ts";
import { Subscription, type Wanted } from "./subscription.ts";
import { isHostName } from "./virtual-hosts.ts";

const NONE: ResourceMap = new Map();

/** What one stream knows of one type: what the client wants, has and has said. */
export class TypeState {
  readonly kind: ResourceKind;
  readonly subscription: Subscription;
  readonly #protocol: Protocol;
  readonly #clock: Clock;
  /** What was sent, taken or not. A wildcard's is the snapshot's own map, so that clients share it. */
  #known: ResourceMap = NONE;
  /** Names to be sent although nothing changed. */
  readonly #forced = new Set<string>();
  readonly #retries: Retries = new Retries();
  #answered = false;
  #overlooked = false;
  /** Names that a client had let go of in requests that were overlooked: it may have forgotten them. */
  readonly #letGo = new Set<string>();
  #claims: Claims | undefined;
  /** What a client says it has and this server does not know: kept until its routes can do without. */
  #kept: ResourceMap = NONE;
  #compared: { readonly known: ResourceMap; readonly to: ResourceMap; readonly change: ResourceChange } | undefined;
  outstanding: Outstanding | undefined;
  /** The last answer's. */
  sent: Verdict | undefined;
  acked: Verdict | undefined;
  /** Gone with the next answer that is taken. */
  nacked: Refusal | undefined;

  constructor(kind: ResourceKind, protocol: Protocol, clock: Clock) {
    this.kind = kind;
    this.subscription = new Subscription(kind);
    this.#protocol = protocol;
    this.#clock = clock;
  }

  /** How many resources the client was sent and has. */
  get count(): number {
    return this.#known.size;
  }

  /** A client's first request of this type says what it has from a stream before. */
  claim(version: string, versions: ReadonlyMap<string, string>): void {
    if (version !== "" || versions.size > 0) this.#claims = { version, versions };
  }

  /** State of the world: a request crossed an answer on its way. What it asks for is asked for once more when that is acknowledged. */
  overlook(names: readonly string[]): void {
    this.#overlooked = true;
    const wanted = new Set(names);
    for (const name of this.subscription.names) if (!wanted.has(name)) this.#letGo.add(name);
  }

  /** State of the world: the names of a request. */
  replaceNames(names: readonly string[]): void {
    this.#overlooked = false;
    const before = this.subscription.wildcard;
    const added = this.subscription.replace(names);
    this.#forget();
    for (const name of this.#letGo) if (this.subscription.names.has(name)) this.#forced.add(name);
    this.#letGo.clear();
    // Without a list of names what is added is not known; beside "*" it may be.
    if (before || this.subscription.wildcard || this.kind.full) for (const name of added) this.#forced.add(name);
  }

  /** Incremental: the names of a request. */
  changeNames(subscribe: readonly string[], unsubscribe: readonly string[]): void {
    const asked = this.subscription.change(subscribe, unsubscribe);
    if (unsubscribe.length > 0) this.#forget();
    for (const name of asked) this.#forced.add(name);
    for (const name of unsubscribe) if (!asked.includes(name)) this.#forced.delete(name);
  }

  /** The client has begun to follow the type once more, beside what it follows already: it has nothing for that. */
  restart(): void {
    this.#known = NONE;
    this.#answered = false;
  }

  /** Has a resource sent again, if the client wants it. */
  resend(name: string): void {
    if (this.subscription.has(name)) this.#forced.add(name);
  }

  /** The client's word on the outstanding answer. */
  settle(error: string | undefined): Outstanding | undefined {
    const { outstanding } = this;
    if (outstanding === undefined) return undefined;
    this.outstanding = undefined;
    const { version, nonce, push } = outstanding;
    const verdict = { version, nonce, time: this.#clock.now() };
    if (error === undefined) {
      this.acked = verdict;
      if (push.retry || this.kind.type === "vhds") this.#retries.taken();
      if (!this.#retries.refusedAny) this.nacked = undefined;
    } else {
      this.nacked = { ...verdict, error, names: push.entries.map(({ name }) => name) };
      // Envoy takes what is good of clusters and listeners, and names what is not; of the others it may leave out all.
      if (!this.kind.full) this.#retries.refused(push.entries);
    }
    return outstanding;
  }

  /** What has to be sent now; undefined when there is nothing, or an answer is outstanding. */
  next(all: ResourceMap): Push | undefined {
    return this.outstanding === undefined ? this.pending(all) : undefined;
  }

  /** Whether routes that need what is in `all` have to wait for this type. */
  blocks(all: ResourceMap): boolean {
    if (this.outstanding === undefined) return false;
    return this.#overlooked || this.outstanding.push.introduces || this.pending(all)?.introduces === true;
  }

  /** Whether there is something that only the client's routes may still need. */
  get keeps(): boolean {
    return this.#kept.size > 0;
  }

  /** The client's routes do without what this server does not know. */
  release(): void {
    this.#kept = NONE;
  }

  /** What has to be sent, once it may. */
  pending(known: ResourceMap): Push | undefined {
    this.#compareClaims(known);
    if ([...this.#kept.keys()].some((name) => known.has(name)))
      this.#kept = new Map([...this.#kept].filter(([name]) => !known.has(name)));
    const all = unionOf(known, this.#kept);
    const wanted = this.subscription.wanted(all);
    const { changed, removed } = this.#change(wanted.resources);
    const push = { version: versionOfMap(all), wanted: wanted.resources, retry: false };
    const introduces = this.#introduces(changed, wanted.resources);
    if (this.#protocol === "sotw" && this.kind.full) {
      if (changed.length + removed.length + this.#forced.size === 0 && this.#answered) return undefined;
      return {
        ...push,
        introduces,
        entries: [...wanted.resources.values()].map((resource) => ({ name: resource.name, resource })),
      };
    }
    const entries = this.#entries(changed, removed, wanted);
    if (entries.length > 0) return { ...push, introduces, entries };
    // A client that starts waits for an answer even when there is nothing.
    return this.#protocol === "delta" && this.subscription.wildcard && !this.#answered
      ? { ...push, introduces, entries }
      : this.#retry(wanted.resources, push);
  }

  /** Of what a push holds, what the client does not have. */
  changedIn({ entries }: Push): XdsResource[] {
    return entries.flatMap(({ name, resource }) =>
      resource === undefined || this.#known.get(name)?.version === resource.version ? [] : [resource],
    );
  }

  /** Notes that a push was sent. */
  commit(push: Push, nonce: string): void {
    const verdict = { version: push.version, nonce, time: this.#clock.now() };
    this.#known = push.wanted;
    for (const name of this.#forced) if (!this.#kept.has(name)) this.#forced.delete(name);
    this.#answered = true;
    this.#retries.sent(push.entries);
    this.sent = verdict;
    this.outstanding = { ...verdict, push };
  }

  /** Maps of a wildcard are all clients', and so is what was found for them; others are compared once for this client. */
  #change(wanted: ResourceMap): ResourceChange {
    if (this.subscription.wildcard || this.#known === wanted) return changeOf(this.#known, wanted);
    const { known, to, change } = this.#compared ?? {};
    if (change !== undefined && known === this.#known && to === wanted) return change;
    const found = difference(this.#known, wanted);
    this.#compared = { known: this.#known, to: wanted, change: found };
    return found;
  }

  #introduces(changed: readonly XdsResource[], wanted: ResourceMap): boolean {
    // A changed cluster warms anew; of the others only what was not there is waited for.
    if (this.kind.type === "cds") return changed.length > 0;
    return changed.some(({ name }) => !this.#known.has(name)) || [...this.#forced].some((name) => wanted.has(name));
  }

  #entries(changed: readonly XdsResource[], removed: readonly string[], { resources, aliases }: Wanted): Entry[] {
    const entry = (resource: XdsResource): Entry => {
      const others = aliases.get(resource.name);
      return { name: resource.name, resource, ...(others === undefined ? {} : { aliases: others }) };
    };
    const entries = new Map(changed.map((resource) => [resource.name, entry(resource)]));
    const aliased = new Map([...aliases].flatMap(([name, others]) => others.map((other) => [other, name])));
    for (const name of this.#forced) {
      const resource = resources.get(aliased.get(name) ?? name);
      // What is kept only is not there to be sent; it is when it comes back.
      if (resource !== undefined && this.#kept.get(name) === resource) continue;
      if (resource !== undefined) entries.set(resource.name, entry(resource));
      else {
        const hosts = this.#hostsOf(name, resources);
        for (const host of hosts) entries.set(host.name, entry(host));
        if (hosts.length === 0 && this.#protocol === "delta") entries.set(name, absent(name, this.kind));
      }
    }
    // In the state of the world what is not full has no way to say that something is gone.
    if (this.#protocol === "delta") for (const name of removed) entries.set(name, { name });
    return [...entries.values()];
  }

  /** The virtual hosts of a route configuration, if it is one that was asked for. */
  #hostsOf(name: string, resources: ResourceMap): XdsResource[] {
    if (this.kind.type !== "vhds") return [];
    return [...resources.values()].filter((resource) => resource.name.startsWith(`${name}/`));
  }

  #retry(wanted: ResourceMap, push: Omit<Push, "entries" | "introduces">): Push | undefined {
    // What is gone was not taken: should it come back, it is new to the client.
    const gone = this.#retries.names.filter((name) => !wanted.has(name) && this.#known.has(name));
    if (gone.length > 0) this.#known = new Map([...this.#known].filter(([name]) => !gone.includes(name)));
    const entries = this.#retries.next(({ name, resource }) => wanted.get(name)?.version === resource?.version);
    return entries === undefined ? undefined : { ...push, introduces: true, retry: true, entries };
  }

  /** Drops what is no longer wanted: the client has forgotten it. */
  #forget(): void {
    if (this.subscription.wildcard) return;
    const { names } = this.subscription;
    if (this.kind.type === "vhds") {
      this.#known = this.subscription.wanted(this.#known).resources;
      return;
    }
    if ([...this.#known.keys()].every((name) => names.has(name))) return;
    this.#known = new Map([...this.#known].filter(([name]) => names.has(name)));
  }

  /** Once there is something to compare with. */
  #compareClaims(all: ResourceMap): void {
    const claims = this.#claims;
    if (claims === undefined) return;
    this.#claims = undefined;
    const found = comparedClaims(claims, this.kind, this.#protocol, this.subscription, all);
    if (found === undefined) return;
    this.#known = found.known;
    this.#kept = found.kept;
    this.#answered = found.known.size > 0 || this.#protocol === "sotw";
    for (const name of found.current) this.#forced.delete(name);
  }
}

/** What a name that was asked for and is not there is answered with. */
function absent(name: string, { type }: ResourceKind): Entry {
  // Envoy lets a request go on, with a 404, when it finds the host it asked for among the aliases of a resource without content.
  return type === "vhds" && isHostName(name) ? { name, aliases: [name] } : { name };
}
