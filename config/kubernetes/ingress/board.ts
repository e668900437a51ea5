import { byAge, type Resource } from "../resource.ts";
import type { Piece } from "../translator.ts";
import { isCanary } from "./canary.ts";
import { Claims } from "./claims.ts";
import { hostKeys } from "./host-keys.ts";
import { routeKeys } from "./route-keys.ts";
import { carriesSettings } from "./settled-services.ts";

/** What one Ingress claims. */
interface Claimed {
  /** Routes of a main Ingress, with their listeners. */
  readonly places: readonly string[];
  /** The same that lead to services, leaving listeners out of account. */
  readonly requests: readonly string[];
  /** Requests that a canary wants some of. */
  readonly wanted: readonly string[];
  /** Names of services that it has an entry for. */
  readonly services: readonly string[];
  /** Those of them that it has settings for. */
  readonly carried: readonly string[];
  /** Hosts of certificates. */
  readonly hosts: readonly string[];
}

type ClaimKind = keyof Claimed;

/** What the pieces of all Ingresses claim, kept up to date by those that changed. */
export class Board implements Readonly<Record<ClaimKind, Claims>> {
  readonly places: Claims = new Claims();
  readonly requests: Claims = new Claims();
  readonly wanted: Claims = new Claims();
  readonly services: Claims = new Claims();
  readonly carried: Claims = new Claims();
  readonly hosts: Claims = new Claims();
  readonly #claimed = new Map<Resource, Claimed>();

  /** Answers the Ingresses that are new, and all that they or those gone may work on, directly or through others; the oldest first. */
  update(gone: ReadonlyMap<Resource, Piece>, come: ReadonlyMap<Resource, Piece>): readonly Resource[] {
    const loose = [...gone.keys()].flatMap((resource) => this.#remove(resource));
    for (const [resource, piece] of come) this.#add(resource, claimedBy(resource, piece));
    const touched = new Set([...loose, ...come.keys()].filter((resource) => this.#claimed.has(resource)));
    // What is added on the way is visited as well.
    for (const resource of touched) for (const other of this.#linked(this.claimsOf(resource))) touched.add(other);
    return [...touched].sort(byAge);
  }

  /** What several of these claim, each once; as the oldest of them has it in order. */
  contested(kind: ClaimKind, among: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> {
    const contested = new Map<string, readonly Resource[]>();
    for (const resource of among) {
      for (const key of this.claimsOf(resource)[kind]) {
        if (contested.has(key)) continue;
        const claimants = this[kind].of(key);
        if (claimants.length > 1) contested.set(key, claimants);
      }
    }
    return contested;
  }

  claimsOf(resource: Resource): Claimed {
    return this.#claimed.get(resource) ?? NOTHING;
  }

  #add(resource: Resource, claimed: Claimed): void {
    this.#claimed.set(resource, claimed);
    for (const kind of KINDS) this[kind].add(resource, claimed[kind]);
  }

  /** Answers whom it was linked with. */
  #remove(resource: Resource): readonly Resource[] {
    const claimed = this.claimsOf(resource);
    const linked = [...this.#linked(claimed)];
    for (const kind of KINDS) this[kind].remove(resource, claimed[kind]);
    this.#claimed.delete(resource);
    return linked;
  }

  /** Those that may work on what claims this, or the other way round. */
  *#linked({ places, requests, wanted, services, hosts }: Claimed): Iterable<Resource> {
    for (const key of places) yield* this.places.by(key);
    for (const key of hosts) yield* this.hosts.by(key);
    for (const key of [...requests, ...wanted]) {
      if (!this.wanted.has(key)) continue;
      yield* this.wanted.by(key);
      yield* this.requests.by(key);
    }
    // Many share services; they work on each other only where one has settings for them.
    for (const key of services) if (this.carried.has(key)) yield* this.services.by(key);
  }
}

const NOTHING: Claimed = { places: [], requests: [], wanted: [], services: [], carried: [], hosts: [] };

const KINDS = Object.keys(NOTHING) as readonly ClaimKind[];

function claimedBy(resource: Resource, { routes = [], services = [], certificates = [] }: Piece): Claimed {
  const canary = routes.length > 0 && isCanary(resource);
  const requests = (some: typeof routes): readonly string[] => some.map((route) => routeKeys(route).requests);
  return {
    places: canary ? [] : routes.map((route) => routeKeys(route).withListeners),
    requests: canary ? [] : requests(routes.filter((route) => route["http"] !== undefined)),
    wanted: canary ? requests(routes) : [],
    services: services.map(({ name }) => String(name)),
    carried: services.filter((service) => carriesSettings.has(service)).map(({ name }) => String(name)),
    hosts: certificates.flatMap(hostKeys),
  };
}
