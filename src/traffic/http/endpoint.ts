import type { Choice } from "../balance.ts";
import type { EndpointHealth, OutlierGroup } from "./endpoint-health.ts";
import type { EndpointState } from "./endpoint-state.ts";
import type { EndpointOptions, ServiceOptions } from "./http-options.ts";

/** An endpoint with its state. */
export interface Endpoint extends Choice {
  /** `http://10.0.0.1:8080`, perhaps with a path prefix: what a path is appended to. */
  readonly base: string;
  readonly state: EndpointState;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A service's endpoints, while their states are held. */
export interface HeldEndpoints {
  readonly endpoints: readonly Endpoint[];
  release(): void;
}

/** Reads a service's addresses; the states of its endpoints are held in `health`. Throws an Error when one is no address. */
export function holdEndpoints(
  { name, endpoints, outlierDetection }: ServiceOptions,
  health: EndpointHealth,
): HeldEndpoints {
  const group = outlierDetection === undefined ? undefined : { service: name, options: outlierDetection };
  const read = endpoints.map((endpoint) => ({ ...endpoint, base: baseOf(endpoint.address) }));
  return {
    endpoints: read.map((endpoint) => heldEndpoint(endpoint, health, group)),
    release() {
      for (const { base } of read) health.release(base, group);
    },
  };
}

function heldEndpoint(
  { base, weight = 1, metadata }: EndpointOptions & { readonly base: string },
  health: EndpointHealth,
  group: OutlierGroup | undefined,
): Endpoint {
  const state = health.hold(base, group);
  return {
    key: base,
    base,
    weight,
    state,
    ...(metadata === undefined ? {} : { metadata }),
    get active() {
      return state.active;
    },
  };
}

/** Its `host:port`. */
export function addressOf({ base }: Endpoint): string {
  const { hostname, port, protocol } = new URL(base);
  return `${hostname}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
}

function baseOf(address: string): string {
  const url = URL.parse(address.includes("://") ? address : `http://${address}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") throw notAnEndpoint();
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") throw notAnEndpoint();
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** The address itself is not told: it might hold a password. */
function notAnEndpoint(): Error {
  return new Error("An endpoint must be host:port or http(s)://host[:port][/prefix], without user, query or fragment.");
}
