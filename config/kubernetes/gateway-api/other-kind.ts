import { byAge, labelOf, type Resource } from "../resource.ts";
import type { Lookup } from "../translator.ts";
import { type AttachedListener, attach, isOfGateway, selectsByLabel } from "./attachment.ts";
import { ClaimedHosts } from "./claimed-hosts.ts";
import { mappingsAt } from "./fields.ts";
import { KINDS, type RouteKind } from "./kinds.ts";

/**
 * Of an HTTPRoute and a GRPCRoute with hostnames in common on a listener only the older one is accepted, then the first by namespace and name
 * (GRPCRoute's `spec.hostnames` in the Gateway API).
 */

/** By the names of a Gateway's listeners, the route of the other kind that has the hostnames there. */
export type OtherOwners = ReadonlyMap<string, Resource>;

const NONE: OtherOwners = new Map();

/** Which listeners of a Gateway do not take a route, for one of the other kind has its hostnames. */
export function ownersOfOtherKind(route: Resource, kind: RouteKind, gateway: Resource, lookup: Lookup): OtherOwners {
  if (kind !== "HTTPRoute" && kind !== "GRPCRoute") return NONE;
  const grpc = lookup.list(KINDS.grpcRoute);
  if (grpc.length === 0) return NONE;
  // Most HTTPRoutes have nothing in common with any GRPCRoute: these must not be looked at again whenever another HTTPRoute changes.
  if (kind === "HTTPRoute" && !meetsAny(hostsOf(route, kind, gateway, lookup), grpc, gateway, lookup)) return NONE;
  return losersOf(lookup.list(KINDS.httpRoute), grpc, gateway, lookup).get(route) ?? NONE;
}

/** Hostnames of a route by the listeners that would take it. */
type Hosts = ReadonlyMap<string, readonly string[]>;

const hosts = new WeakMap<Resource, WeakMap<Resource, Hosts>>();

function hostsOf(route: Resource, kind: RouteKind, gateway: Resource, lookup: Lookup): Hosts {
  if (selectsByLabel(gateway)) return readHosts(route, kind, gateway, lookup);
  let ofGateway = hosts.get(gateway);
  if (ofGateway === undefined) hosts.set(gateway, (ofGateway = new WeakMap()));
  let known = ofGateway.get(route);
  if (known === undefined) ofGateway.set(route, (known = readHosts(route, kind, gateway, lookup)));
  return known;
}

function readHosts(route: Resource, kind: RouteKind, gateway: Resource, lookup: Lookup): Hosts {
  const attached = mappingsAt(route.spec, "parentRefs")
    .filter((parentRef) => isOfGateway(parentRef, route, gateway))
    .flatMap((parentRef): readonly AttachedListener[] => attach(route, kind, parentRef, gateway, lookup).listeners);
  return new Map(attached.map(({ listener, hosts: common }) => [listener.name, common]));
}

/** Names taken, by listener. */
class Claims {
  readonly #listeners = new Map<string, ClaimedHosts<Resource>>();

  add(all: Hosts, owner: Resource): void {
    for (const [listener, names] of all) {
      let claimed = this.#listeners.get(listener);
      if (claimed === undefined) this.#listeners.set(listener, (claimed = new ClaimedHosts()));
      for (const name of names) claimed.add(name, owner);
    }
  }

  /** Who has some of these names, by listener. */
  ownersOf(all: Hosts): OtherOwners {
    const owners = new Map<string, Resource>();
    for (const [listener, names] of all) {
      const claimed = this.#listeners.get(listener);
      const owner = names.map((name) => claimed?.ownerOf(name)).find((one) => one !== undefined);
      if (owner !== undefined) owners.set(listener, owner);
    }
    return owners;
  }
}

const grpcClaims = new WeakMap<Resource, { readonly grpc: readonly Resource[]; readonly claims: Claims }>();

function meetsAny(own: Hosts, grpc: readonly Resource[], gateway: Resource, lookup: Lookup): boolean {
  let known = grpcClaims.get(gateway);
  if (known?.grpc !== grpc || selectsByLabel(gateway)) {
    known = { grpc, claims: new Claims() };
    for (const route of grpc) known.claims.add(hostsOf(route, "GRPCRoute", gateway, lookup), route);
    grpcClaims.set(gateway, known);
  }
  return known.claims.ownersOf(own).size > 0;
}

/** What each route that gives way somewhere gives way to. */
type Losers = ReadonlyMap<Resource, OtherOwners>;

const outcomes = new WeakMap<
  Resource,
  { readonly http: readonly Resource[]; readonly grpc: readonly Resource[]; readonly losers: Losers }
>();

function losersOf(http: readonly Resource[], grpc: readonly Resource[], gateway: Resource, lookup: Lookup): Losers {
  const known = outcomes.get(gateway);
  if (known?.http === http && known.grpc === grpc && !selectsByLabel(gateway)) return known.losers;
  const losers = decided(http, grpc, gateway, lookup);
  outcomes.set(gateway, { http, grpc, losers });
  return losers;
}

/** The older first: who is not accepted itself takes nothing from anybody. */
function decided(http: readonly Resource[], grpc: readonly Resource[], gateway: Resource, lookup: Lookup): Losers {
  const losers = new Map<Resource, OtherOwners>();
  const taken = { HTTPRoute: new Claims(), GRPCRoute: new Claims() };
  const routes = [
    ...http.map((route) => ({ route, kind: "HTTPRoute", other: "GRPCRoute" }) as const),
    ...grpc.map((route) => ({ route, kind: "GRPCRoute", other: "HTTPRoute" }) as const),
  ];
  for (const { route, kind, other } of routes.sort((a, b) => byAge(a.route, b.route))) {
    const own = hostsOf(route, kind, gateway, lookup);
    const owners = taken[other].ownersOf(own);
    if (owners.size > 0) losers.set(route, owners);
    taken[kind].add(new Map([...own].filter(([listener]) => !owners.has(listener))), route);
  }
  return losers;
}

/** What is said of a route that gives way. */
export function conflictWith(owners: OtherOwners): string {
  const others = new Set([...owners.values()].map(labelOf));
  return `${[...others].join(" and ")} is older and has hostnames of the route.`;
}
