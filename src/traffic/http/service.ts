import type { Exchange } from "#src/core/exchange.ts";
import type { UpstreamHost } from "#src/core/route.ts";
import { createBalancer, type Balancer } from "../balance.ts";
import { addressOf, holdEndpoint, releaseEndpoint, type Endpoint } from "./endpoint.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import type { HashSource, ServiceOptions } from "./http-options.ts";

/** A service, ready to give out endpoints. */
export interface Service {
  readonly name: string;
  /** An endpoint, one that works and is not in `tried` if there is one. Undefined when there is none at all. */
  pick(exchange: Exchange, tried: ReadonlySet<Endpoint>): Endpoint | undefined;
}

/** An endpoint and the service that it belongs to. */
export interface PlacedEndpoint {
  readonly service: Service;
  readonly endpoint: Endpoint;
}

/** The services of a route, by weight. */
export interface Services {
  pick(): Service | undefined;
  /** The endpoint of that key in any of the services, whatever its weight. */
  find(key: string): PlacedEndpoint | undefined;
  /** All endpoints, as they are now. */
  hosts(): readonly UpstreamHost[];
  /** Gives the endpoints' states back. */
  close(): void;
}

/** Throws an Error naming the service when an endpoint's address is not valid. */
export function createServices(
  options: readonly ServiceOptions[],
  health: EndpointHealth,
  random: () => number,
): Services {
  const held: Endpoint[] = [];
  const placed = new Map<string, PlacedEndpoint>();
  const choices = options.map((service) => {
    const endpoints = service.endpoints.map((endpoint) => {
      try {
        held.push(holdEndpoint(endpoint, health));
      } catch (error) {
        for (const one of held) releaseEndpoint(one, health);
        throw new Error(`Service "${service.name}": ${(error as Error).message}`, { cause: error });
      }
      return held.at(-1) as Endpoint;
    });
    const created = createService(service, endpoints, random);
    for (const endpoint of endpoints) placed.set(endpoint.key, { service: created, endpoint });
    return { key: service.name, weight: service.weight ?? 1, active: 0, service: created };
  });
  const balancer = createBalancer("round_robin", choices, random);
  return {
    pick: () => balancer.pick(() => true)?.service,
    find: (key) => placed.get(key),
    hosts: () => held.map((endpoint) => ({ address: addressOf(endpoint), healthy: endpoint.state.usable })),
    close() {
      for (const endpoint of held.splice(0)) releaseEndpoint(endpoint, health);
    },
  };
}

function createService(options: ServiceOptions, endpoints: readonly Endpoint[], random: () => number): Service {
  const { name, balance = "round_robin", hashOn = { sourceIp: true } } = options;
  const balancer: Balancer<Endpoint> = createBalancer(balance, endpoints, random);
  return {
    name,
    pick(exchange, tried) {
      const key = balance === "hash" ? hashKey(hashOn, exchange) : undefined;
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

function hashKey(source: HashSource, { request, host, path, search, connection }: Exchange): string | undefined {
  if ("uri" in source) return path + search;
  if ("host" in source) return host;
  if ("header" in source) return request.headers.get(source.header) ?? undefined;
  if ("query" in source) return new URLSearchParams(search).get(source.query) ?? undefined;
  if ("cookie" in source) return cookie(request.headers.get("cookie") ?? "", source.cookie);
  return connection.remoteAddress;
}

function cookie(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
