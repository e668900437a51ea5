import type { Exchange } from "./exchange.ts";

/** How a path is matched. A prefix matches whole segments, as in the Gateway API: `/a` matches `/a` and `/a/b`, not `/ab`. */
export type PathMatch = { readonly exact: string } | { readonly prefix: string } | { readonly regex: string };

/**
 * How a header or a query parameter is matched; `present` alone asks only that it is there. Of headers, `:method`, `:path` (with its query),
 * `:authority` and `:scheme` stand for these parts of the request, as in HTTP/2.
 */
export type ValueMatch = { readonly name: string } & (
  | { readonly exact: string }
  | { readonly prefix: string }
  | { readonly regex: string }
  | { readonly present: true }
);

/** What a request must be like. Everything given must hold; within a list one is enough, but all of `headers` and of `query`. */
export interface RouteMatch {
  /** Exact (`api.example.com`), wildcard (`*.example.com`: any depth, not the name itself) or `*`. */
  readonly hosts: readonly string[];
  readonly path: PathMatch;
  readonly methods?: readonly string[];
  readonly headers?: readonly ValueMatch[];
  readonly query?: readonly ValueMatch[];
  /** Names of listeners; left out: all. */
  readonly listeners?: readonly string[];
  /** Model patterns: exact, `abc*`, `~regex` or `*`. Only on AI routes. */
  readonly models?: readonly string[];
}

/** An endpoint of a service. */
export interface UpstreamHost {
  /** `host:port`. */
  readonly address: string;
  readonly healthy: boolean;
  /** What is known of it. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What became of an endpoint that was asked. `unknown`: nobody waited for it. */
export type HostOutcome = "reached" | "broken" | "late" | "unreachable" | "unknown";

/** An endpoint that somebody else asks in the route's place, and tells what became of it. */
export interface HostLease extends UpstreamHost {
  /** Gives it back. Called once. */
  end(outcome: HostOutcome): void;
}

/** One route, compiled: what it matches and what it does. */
export interface Route {
  readonly name: string;
  readonly match: RouteMatch;
  /** AI routes speak AI protocols, errors included. */
  readonly ai: boolean;
  /** An MCP server's address: closed to strangers as AI routes are. */
  readonly mcp?: true;
  /** Open to everybody although there are consumers. */
  readonly public: boolean;
  /** Its methods are a condition among others: a request with another one finds nothing, rather than being told which there are. */
  readonly hidesMethods?: true;
  /** Answers the request. Throws a Fault, which the pipeline turns into the client's protocol. */
  handle(exchange: Exchange): Promise<Response>;
  /** Where it may go, for plugins that choose; left out where that is no list of endpoints. */
  hosts?(): readonly UpstreamHost[];
  /**
   * The endpoint that it would ask now, by weights, load balancing and health; none of those in `tried` (`host:port`). Undefined when there
   * is no other. Left out where `hosts` is.
   */
  lease?(exchange: Exchange, tried: ReadonlySet<string>): HostLease | undefined;
}
