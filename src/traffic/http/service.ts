import type { Exchange } from "#src/core/exchange.ts";
import type { HostLease, HostOutcome, UpstreamHost } from "#src/core/route.ts";
import { createBalancer, type Balancer } from "../balance.ts";
import { addressOf, type Endpoint, type HeldEndpoints, holdEndpoints } from "./endpoint.ts";
import { hashKeys } from "./hash-key.ts";
import { compileHeaderChanges } from "./header-change.ts";
import type { ServiceOptions } from "./http-options.ts";
import type { HeldClient } from "./service-clients.ts";
import type { ConnectWebSocket, HttpDependencies, UpstreamFetch } from "./upstream-fetch.ts";

/** A service, ready to give out endpoints. */
export interface Service {
  readonly name: string;
  /** No endpoint of it gets anything. */
  readonly empty: boolean;
  readonly way: ServiceWay;
  /** Changes a request's headers for this service alone. */
  changeRequest(headers: Headers): void;
  /** Changes those of its answer to this request. */
  changeAnswer(exchange: Exchange, headers: Headers): void;
  /** An endpoint, one that works and is not in `tried` if there is one. Undefined when there is none at all. */
  pick(exchange: Exchange, tried: ReadonlySet<Endpoint>): Endpoint | undefined;
}

/** How a service is asked. */
export interface ServiceWay {
  readonly fetch: UpstreamFetch;
  /** Bodies come decoded, with the headers of encoded ones. */
  readonly decodesBodies: boolean;
  /** Undefined where there is no way to open one. */
  readonly connectWebSocket?: ConnectWebSocket | undefined;
}

/** What services need of the world. */
type ServiceDependencies = Pick<
  HttpDependencies,
  "health" | "random" | "fetch" | "clients" | "decodesBodies" | "connectWebSocket"
>;

/** An endpoint and the service that it belongs to. */
export interface PlacedEndpoint {
  readonly service: Service;
  readonly endpoint: Endpoint;
}

/** The services of a route, by weight. */
export interface Services {
  readonly all: readonly Service[];
  pick(): Service | undefined;
  /** The endpoint of that key in any of the services, whatever its weight. */
  find(key: string): PlacedEndpoint | undefined;
  /** All endpoints, as they are now. */
  hosts(): readonly UpstreamHost[];
  /** One of them by weights, load balancing and health, for whoever asks it elsewhere; none of those in `tried`. */
  lease(exchange: Exchange, tried: ReadonlySet<string>): HostLease | undefined;
  /** Gives the endpoints' states back. */
  close(): void;
}

/** Throws an Error that names the service whose endpoints, headers or cookie are not valid. */
export function createServices(options: readonly ServiceOptions[], deps: ServiceDependencies): Services {
  const held: HeldEndpoints[] = [];
  const clients: HeldClient[] = [];
  const close = (): void => {
    for (const one of [...held.splice(0), ...clients.splice(0)]) one.release();
  };
  const placed = new Map<string, PlacedEndpoint>();
  const choices = options.map((service) => {
    try {
      const own = holdEndpoints(service, deps.health);
      held.push(own);
      const created = createService(service, own.endpoints, wayOf(service, clients, deps), deps.random);
      for (const endpoint of own.endpoints) placed.set(endpoint.key, { service: created, endpoint });
      return { key: service.name, weight: service.weight ?? 1, active: 0, service: created };
    } catch (error) {
      close();
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`Service "${service.name}": ${why}`, { cause: error });
    }
  });
  const balancer = createBalancer("round_robin", choices, deps.random);
  return {
    all: choices.map(({ service }) => service),
    pick: () => balancer.pick(() => true)?.service,
    find: (key) => placed.get(key),
    hosts: () => held.flatMap(({ endpoints }) => endpoints.map(hostOf)),
    lease(exchange, tried) {
      // Few are tried, and mostly none: only then all have to be looked at.
      const left = tried.size === 0 ? [] : [...placed.values()];
      const known = new Set(
        left.filter(({ endpoint }) => tried.has(addressOf(endpoint))).map(({ endpoint }) => endpoint),
      );
      const hasOthers = (service: Service): boolean =>
        known.size === 0 || left.some((one) => one.service === service && !known.has(one.endpoint));
      const endpoint = balancer.pick(({ service }) => hasOthers(service))?.service.pick(exchange, known);
      return endpoint === undefined || known.has(endpoint) ? undefined : leaseOf(endpoint);
    },
    close,
  };
}

function hostOf(endpoint: Endpoint): UpstreamHost {
  const { state, metadata } = endpoint;
  const known = metadata === undefined ? {} : { metadata };
  return { address: addressOf(endpoint), healthy: state.usable, ...known };
}

function leaseOf(endpoint: Endpoint): HostLease {
  const { state } = endpoint;
  state.begin();
  const told: Readonly<Record<HostOutcome, () => void>> = {
    reached: () => state.reached(),
    broken: () => state.broke(),
    late: () => state.late(),
    unreachable: () => state.unreachable(),
    unknown: () => {},
  };
  return {
    ...hostOf(endpoint),
    end(outcome) {
      state.end();
      told[outcome]();
    },
  };
}

function wayOf({ name, link }: ServiceOptions, held: HeldClient[], deps: ServiceDependencies): ServiceWay {
  const { fetch, clients, decodesBodies = false, connectWebSocket } = deps;
  if (link === undefined) return { fetch, decodesBodies, connectWebSocket };
  if (clients === undefined) throw new Error("there is no way to connect to it here");
  const taken = clients.hold(name, link);
  held.push(taken);
  const { client } = taken;
  return {
    fetch: (url, init) => client.fetch(url, init),
    decodesBodies: false,
    // A WebSocket has its own way over HTTP/2, which few servers know.
    connectWebSocket: link.http2 ? undefined : client.connectWebSocket?.bind(client),
  };
}

function createService(
  options: ServiceOptions,
  endpoints: readonly Endpoint[],
  way: ServiceWay,
  random: () => number,
): Service {
  const { name, balance = "round_robin", hashOn = { sourceIp: true } } = options;
  const balancer: Balancer<Endpoint> = createBalancer(balance, endpoints, random);
  const keys = balance === "hash" ? hashKeys(hashOn) : undefined;
  const changeAnswer = compileHeaderChanges(options.responseHeaders);
  return {
    name,
    way,
    empty: endpoints.every(({ weight }) => weight === 0),
    changeRequest: compileHeaderChanges(options.requestHeaders),
    changeAnswer(exchange, headers) {
      changeAnswer(headers);
      keys?.give(exchange, headers);
    },
    pick(exchange, tried) {
      const key = keys?.of(exchange);
      const { upstreamOverride } = exchange;
      return (
        chosen(upstreamOverride, endpoints, tried) ??
        balancer.pick((endpoint) => endpoint.state.usable && !tried.has(endpoint), key) ??
        // All that work were tried, or none works: a try is better than none.
        balancer.pick((endpoint) => endpoint.state.usable, key) ??
        balancer.pick((endpoint) => !tried.has(endpoint), key) ??
        balancer.pick(() => true, key)
      );
    },
  };
}

/** The endpoint that a plugin has named. */
function chosen(
  address: string | undefined,
  endpoints: readonly Endpoint[],
  tried: ReadonlySet<Endpoint>,
): Endpoint | undefined {
  if (address === undefined) return undefined;
  return endpoints.find((endpoint) => !tried.has(endpoint) && addressOf(endpoint) === address);
}
