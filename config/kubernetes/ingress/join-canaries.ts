import { entries, type Mapping, mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import type { Written } from "../translator.ts";
import { Annotations } from "./annotations.ts";
import type { Board } from "./board.ts";
import { canaryRule, type CanaryRule } from "./canary.ts";
import { Findings } from "./findings.ts";
import type { Pieces } from "./pieces.ts";
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
export function joinCanaries(pieces: Pieces, board: Board, touched: readonly Resource[]): void {
  const mains = new Mains(pieces, board);
  for (const resource of touched) if (board.claimsOf(resource).wanted.length > 0) join(resource, pieces, mains);
  for (const main of mains.found) if (main.shares.length > 0) share(pieces, main);
}

/** Main routes, by the requests they mean. */
class Mains {
  readonly #pieces: Pieces;
  readonly #board: Board;
  readonly #known = new Map<string, Main>();

  constructor(pieces: Pieces, board: Board) {
    this.#pieces = pieces;
    this.#board = board;
  }

  get found(): Iterable<Main> {
    return this.#known.values();
  }

  get(requests: string): Main | undefined {
    const known = this.#known.get(requests);
    if (known !== undefined) return known;
    for (const resource of this.#board.requests.of(requests)) {
      const isMeant = (route: Written): boolean =>
        route["http"] !== undefined && routeKeys(route).requests === requests;
      const route = this.#pieces.get(resource).routes?.find(isMeant);
      if (route === undefined) continue;
      const main: Main = { resource, route, shares: [] };
      this.#known.set(requests, main);
      return main;
    }
    return undefined;
  }
}

/** Leaves a canary the routes that are its own in the end. */
function join(resource: Resource, pieces: Pieces, mains: Mains): void {
  const annotations = new Annotations(resource.metadata.annotations, new Findings());
  const rule = canaryRule(annotations);
  const routes: Written[] = [];
  for (const canary of pieces.get(resource).routes ?? []) {
    const main = mains.get(routeKeys(canary).requests);
    if (main === undefined) {
      const why = "has no main Ingress with the same host, path and conditions, and does nothing";
      pieces.warn(resource, annotations.field("canary"), `${String(canary["name"])} ${why}`);
    } else routes.push(...taken(canary, main, rule));
  }
  pieces.change(resource, { routes });
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
  const http = mapping(route["http"]);
  const total = shares[0]?.total ?? 100;
  const given = shares.reduce((sum, { weight }) => sum + weight, 0);
  const own = spread(http, Math.max(total - given, 0));
  const theirs = shares.flatMap(({ canary, weight }) => spread(mapping(canary["http"]), weight));
  const services = whole([...own, ...theirs]);
  const changed = { ...route, http: { ...withoutHeaders(http), services } };
  pieces.change(resource, {
    routes: (pieces.get(resource).routes ?? []).map((one) => (one === route ? changed : one)),
  });
  if (given <= total) return;
  const what = `the canaries of ${String(route["name"])} take ${given} of ${total}`;
  pieces.warn(resource, "metadata.annotations", `${what}: the main services get none`);
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
