import { entries, type Mapping, mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import type { Piece, Written } from "../translator.ts";
import { Annotations } from "./annotations.ts";
import { canaryRule, type CanaryRule, isCanary } from "./canary.ts";
import { Findings } from "./findings.ts";
import { type Pieces, withFinding } from "./pieces.ts";
import { routeKeys } from "./route-keys.ts";

/** The largest weight of a service. */
const LARGEST = 1_000_000;

/** The route of a main Ingress, and the shares that canaries take of it. */
interface Main {
  readonly resource: Resource;
  readonly route: Written;
  readonly shares: Share[];
}

interface Share {
  readonly canary: Written;
  readonly weight: number;
  readonly total: number;
}

/**
 * Canaries: those by header become routes before the main one's, with its settings and their own services and header changes; those by
 * weight become services of the main one's route.
 */
export function joinCanaries(pieces: Pieces): void {
  const canaries = [...pieces].filter(([resource, { routes }]) => routes !== undefined && isCanary(resource));
  if (canaries.length === 0) return;
  const mains = mainRoutes(pieces);
  for (const [resource, piece] of canaries) pieces.set(resource, joined(resource, piece, mains));
  for (const main of mains.values()) if (main.shares.length > 0) share(pieces, main);
}

function mainRoutes(pieces: Pieces): ReadonlyMap<string, Main> {
  const mains = new Map<string, Main>();
  for (const [resource, { routes = [] }] of pieces) {
    if (isCanary(resource)) continue;
    for (const route of routes) {
      const { requests } = routeKeys(route);
      if (route["http"] !== undefined && !mains.has(requests)) mains.set(requests, { resource, route, shares: [] });
    }
  }
  return mains;
}

/** A canary's piece with the routes that are its own in the end. */
function joined(resource: Resource, piece: Piece, mains: ReadonlyMap<string, Main>): Piece {
  const annotations = new Annotations(resource.metadata.annotations, new Findings());
  const rule = canaryRule(annotations);
  const routes: Written[] = [];
  let result: Piece = piece;
  for (const canary of piece.routes ?? []) {
    const main = mains.get(routeKeys(canary).requests);
    if (main === undefined) {
      const message = `${String(canary["name"])} has no main Ingress with the same host, path and conditions, and does nothing`;
      result = withFinding(result, annotations.field("canary"), message);
    } else routes.push(...taken(canary, main, rule));
  }
  return { ...result, routes };
}

function taken(canary: Written, main: Main, rule: CanaryRule | undefined): readonly Written[] {
  if (rule?.by === "header") return [headed(canary, main.route, rule.condition)];
  if (rule?.by === "weight" && rule.weight > 0) main.shares.push({ canary, weight: rule.weight, total: rule.total });
  return [];
}

/** The main route for requests with the canary's header. */
function headed(canary: Written, main: Written, condition: Written): Written {
  const match = mapping(main["match"]);
  const headers = [...entries(match["headers"]).map(([, one]) => one), condition];
  const http = { ...withoutHeaders(mapping(main["http"])), ...ofCanary(mapping(canary["http"])) };
  return { ...main, name: canary["name"], match: { ...match, headers }, http, origin: canary["origin"] };
}

/** A rewrite belongs to the path, and so to the main Ingress. */
function ofCanary(http: Mapping): Mapping {
  const own = { ...http };
  delete own["rewrite"];
  return own;
}

function withoutHeaders(http: Mapping): Mapping {
  const rest = { ...http };
  delete rest["requestHeaders"];
  delete rest["responseHeaders"];
  return rest;
}

/** Puts the canaries' services beside the main one's. */
function share(pieces: Pieces, { resource, route, shares }: Main): void {
  const piece = pieces.get(resource);
  if (piece === undefined) return;
  const http = mapping(route["http"]);
  const total = shares[0]?.total ?? 100;
  const given = shares.reduce((sum, { weight }) => sum + weight, 0);
  const own = spread(http, Math.max(total - given, 0));
  const theirs = shares.flatMap(({ canary, weight }) => spread(mapping(canary["http"]), weight));
  const services = whole([...own, ...theirs]);
  const changed = { ...route, http: { ...withoutHeaders(http), services } };
  const routes = (piece.routes ?? []).map((one) => (one === route ? changed : one));
  const message = `the canaries of ${String(route["name"])} take ${given} of ${total}: the main services get none`;
  const told = given > total ? withFinding(piece, "metadata.annotations", message) : piece;
  pieces.set(resource, { ...told, routes });
}

interface Spread extends Mapping {
  readonly part: number;
}

/** The services of a route with what part they get, and its changes of headers, which are theirs alone from now on. */
function spread({ services, requestHeaders, responseHeaders }: Mapping, part: number): readonly Spread[] {
  const list = entries(services).map(([, service]) => service);
  const sum = list.reduce((all, { weight }) => all + weightOf(weight), 0);
  const headers = {
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
  };
  return list.map(({ name, weight }) => {
    return { service: { name, ...headers }, part: sum === 0 ? 0 : (part * weightOf(weight)) / sum };
  });
}

interface Spread {
  readonly service: Mapping;
  readonly part: number;
}

function weightOf(weight: unknown): number {
  return typeof weight === "number" ? weight : 1;
}

/** Parts as whole numbers; who gets nothing is left out. */
function whole(parts: readonly Spread[]): readonly Written[] {
  const most = Math.max(...parts.map(({ part }) => part), 1);
  const exact = [1, 10, 100, 1000].find((times) => parts.every(({ part }) => Number.isInteger(part * times)));
  const factor = exact === undefined || exact * most > LARGEST ? LARGEST / most : exact;
  return parts
    .map(({ part, service }) => Object.assign({}, service, { weight: Math.round(part * factor) }))
    .filter(({ weight }) => weight > 0);
}
