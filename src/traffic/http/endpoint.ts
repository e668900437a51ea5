import type { Choice } from "../balance.ts";
import type { EndpointHealth, EndpointState } from "./endpoint-health.ts";
import type { EndpointOptions } from "./http-options.ts";

/** An endpoint with its state. */
export interface Endpoint extends Choice {
  /** `http://10.0.0.1:8080`, perhaps with a path prefix: what a path is appended to. */
  readonly base: string;
  readonly state: EndpointState;
}

/** Reads an address; its {@link EndpointState} is held in `health` until {@link releaseEndpoint}. Throws an Error when it is none. */
export function holdEndpoint({ address, weight = 1 }: EndpointOptions, health: EndpointHealth): Endpoint {
  const base = baseOf(address);
  const state = health.hold(base);
  return {
    key: base,
    base,
    weight,
    state,
    get active() {
      return state.active;
    },
  };
}

export function releaseEndpoint({ base }: Endpoint, health: EndpointHealth): void {
  health.release(base);
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
