import type { ChurnCertificate, KubeObject } from "./objects.ts";
import * as objects from "./objects.ts";
import { type Answer, Connection, type Target } from "./connection.ts";

/** What kinds of change there are. */
export type ChangeKind = "route" | "service" | "endpoints" | "added" | "removed" | "plugin" | "certificate";

/** One change of the objects. */
export interface Change {
  readonly kind: ChangeKind;
  /** No two changes of one subject are to be under way at a time. */
  readonly subject: string;
  /** What the rest of it names: there a while before. */
  readonly before: readonly KubeObject[];
  readonly put: readonly KubeObject[];
  readonly removed: readonly KubeObject[];
  /** Whether the change is in use. */
  isUsed(prober: Prober): Promise<boolean>;
}

/** How a shop is set up. */
export interface ShopOptions {
  readonly routes: number;
  /** Ports of the two backends, by the names that they tell. */
  readonly backends: { readonly a: number; readonly b: number };
  /** Two for each host with TLS, shown in turn. */
  readonly certificates: readonly { readonly host: string; readonly turns: readonly ChurnCertificate[] }[];
  /** A number from 0 to below 1. */
  random(): number;
}

/** Asks as a client does, plainly over a connection that it keeps. */
export class Prober {
  readonly failures: string[] = [];
  readonly #plain: Target;
  readonly #secure: Target;
  #connection: Connection | undefined;

  constructor(plain: Target, secure: Target) {
    this.#plain = plain;
    this.#secure = secure;
  }

  async ask(host: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    if (this.#connection?.closed !== undefined) this.#connection = undefined;
    this.#connection ??= new Connection(this.#plain);
    await this.#connection.opened;
    return this.#connection.ask(host, objects.PATH, headers);
  }

  /** The fingerprint of the certificate that a new connection is shown; what fails is noted. */
  async certificate(serverName: string): Promise<string> {
    const connection = new Connection({ ...this.#secure, serverName });
    try {
      await connection.opened;
      return connection.certificate.fingerprint;
    } catch (error) {
      this.failures.push(`${serverName} ${String(error)}`);
      return "";
    } finally {
      connection.close();
    }
  }

  close(): void {
    this.#connection?.close();
  }
}

/** How many routes the WasmPlugin is on. */
const PLUGGED = 20;

/** Many routes, and random changes of them. */
export class Shop {
  readonly options: ShopOptions;
  /** The state that a route, a service or a rule is in. */
  readonly states: Map<string, number> = new Map();
  /** Routes beside those that are always there. */
  readonly extras: string[] = [];
  readonly origins: number[];
  /** Services that routes have got for themselves, and those they have left for these. */
  readonly own: Map<number, string> = new Map();
  readonly left: Map<number, string> = new Map();
  count = 0;

  constructor(options: ShopOptions) {
    this.options = options;
    this.origins = Array.from({ length: Math.min(PLUGGED, options.routes) }, () => 0);
  }

  /** Everything at the begin. */
  objects(): KubeObject[] {
    const { routes, backends, certificates } = this.options;
    const services = Array.from({ length: objects.serviceCount(routes) }, (_, index) => `backend-${index}`);
    return [
      ...services.flatMap((service) => objects.service(service, backends.a)),
      ...services.map((service, index) => objects.ingress(`through-${index}`, service, 0)),
      ...Array.from({ length: routes }, (_, index) => objects.ingress(`shop-${index}`, this.serviceOf(index), 0)),
      objects.corsPlugin(this.origins),
      ...certificates.map(({ host }) => objects.secureIngress(host)),
      ...certificates.flatMap(({ host, turns: [first] }) => (first === undefined ? [] : objects.secret(host, first))),
    ];
  }

  serviceOf(index: number): string {
    return this.own.get(index) ?? `backend-${Math.floor(index / objects.SHARED)}`;
  }

  /** The hosts whose routes are always there. */
  get hosts(): readonly string[] {
    return Array.from({ length: this.options.routes }, (_, index) => objects.hostOf(`shop-${index}`));
  }

  /** A change that comes next; undefined where the one drawn cannot be made now. */
  next(): Change | undefined {
    this.count++;
    return KINDS[this.#drawn()].make(this);
  }

  /** The number of the next state of a thing. */
  turn(key: string): number {
    const next = (this.states.get(key) ?? 0) + 1;
    this.states.set(key, next);
    return next;
  }

  pick(count: number): number {
    return Math.floor(this.options.random() * count);
  }

  #drawn(): ChangeKind {
    let left = this.options.random() * Object.values(KINDS).reduce((sum, { share }) => sum + share, 0);
    const kinds: readonly ChangeKind[] = ["route", "service", "endpoints", "added", "removed", "plugin", "certificate"];
    return kinds.find((kind) => (left -= KINDS[kind].share) < 0) ?? "route";
  }
}

/** Every kind: how often it comes relative to the others, and a change of it. */
const KINDS: Readonly<Record<ChangeKind, { readonly share: number; make(shop: Shop): Change | undefined }>> = {
  route: { share: 30, make: changedRoute },
  service: { share: 10, make: otherService },
  endpoints: { share: 20, make: movedEndpoints },
  added: { share: 10, make: addedRoute },
  removed: { share: 10, make: removedRoute },
  plugin: { share: 10, make: otherPlugin },
  certificate: { share: 10, make: otherCertificate },
};

function change(one: Partial<Change> & Pick<Change, "kind" | "subject" | "isUsed">): Change {
  return { before: [], put: [], removed: [], ...one };
}

function changedRoute(shop: Shop): Change {
  const index = shop.pick(shop.options.routes);
  const name = `shop-${index}`;
  const state = shop.turn(name);
  return change({
    kind: "route",
    subject: name,
    put: [objects.ingress(name, shop.serviceOf(index), state)],
    isUsed: async (prober) => stateIn(await prober.ask(objects.hostOf(name))) === state,
  });
}

/** The route leads to a service that was not there; the one before it stays until the next such change. */
function otherService(shop: Shop): Change {
  const index = shop.pick(shop.options.routes);
  const name = `shop-${index}`;
  const state = shop.turn(name);
  const [service, left] = [`own-${index}-${state}`, shop.left.get(index)];
  const before = shop.own.get(index);
  if (before !== undefined) shop.left.set(index, before);
  shop.own.set(index, service);
  return change({
    kind: "service",
    subject: name,
    before: objects.service(service, shop.options.backends.a),
    put: [objects.ingress(name, service, state)],
    removed: left === undefined ? [] : objects.service(left, 0),
    isUsed: async (prober) => stateIn(await prober.ask(objects.hostOf(name))) === state,
  });
}

function movedEndpoints(shop: Shop): Change {
  const index = shop.pick(objects.serviceCount(shop.options.routes));
  const name = `backend-${index}`;
  const to = shop.turn(name) % 2 === 0 ? "a" : "b";
  return change({
    kind: "endpoints",
    subject: name,
    put: [objects.endpoints(name, shop.options.backends[to])],
    isUsed: async (prober) => (await prober.ask(objects.hostOf(`through-${index}`))).body === to,
  });
}

/** A route with a service of its own. */
function addedRoute(shop: Shop): Change {
  const name = `extra-${shop.count}`;
  shop.extras.push(name);
  return change({
    kind: "added",
    subject: name,
    put: [...objects.service(name, shop.options.backends.b), objects.ingress(name, name, 0)],
    isUsed: async (prober) => (await prober.ask(objects.hostOf(name))).status === 200,
  });
}

function removedRoute(shop: Shop): Change | undefined {
  const name = shop.extras.shift();
  if (name === undefined) return undefined;
  return change({
    kind: "removed",
    subject: name,
    removed: [objects.ingress(name, name, 0), ...objects.service(name, 0)],
    isUsed: async (prober) => (await prober.ask(objects.hostOf(name))).status === 404,
  });
}

function otherPlugin(shop: Shop): Change {
  const index = shop.pick(shop.origins.length);
  const state = shop.turn(`plugin-${index}`);
  shop.origins[index] = state;
  const origin = objects.originOf(state);
  return change({
    kind: "plugin",
    subject: "plugin",
    put: [objects.corsPlugin(shop.origins)],
    async isUsed(prober) {
      const { headers } = await prober.ask(objects.hostOf(`shop-${index}`), { origin });
      return headers["access-control-allow-origin"] === origin;
    },
  });
}

function otherCertificate(shop: Shop): Change | undefined {
  const { certificates } = shop.options;
  const { host = "", turns = [] } = certificates[shop.pick(certificates.length)] ?? {};
  const turn = turns[shop.turn(host) % turns.length];
  if (turn === undefined) return undefined;
  return change({
    kind: "certificate",
    subject: host,
    put: [objects.secret(host, turn)],
    isUsed: async (prober) => (await prober.certificate(host)) === turn.fingerprint,
  });
}

function stateIn({ headers }: Answer): number {
  return Number(headers["x-state"]);
}
