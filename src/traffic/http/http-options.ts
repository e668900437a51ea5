import type { ServiceLink } from "#src/core/service-link.ts";
import type { BalanceMethod } from "../balance.ts";

/** Where a service listens: `10.0.0.1:8080`, `[::1]:8080` or `http(s)://host[:port][/prefix]`. */
export interface EndpointOptions {
  readonly address: string;
  readonly weight?: number;
  /** What is known of it, for plugins that choose. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What requests are told apart by when they are spread by hash. */
export type HashSource =
  | { readonly header: string }
  /** With `ttl`, in milliseconds, clients without the cookie are given one; 0: until the browser ends. */
  | { readonly cookie: string; readonly ttl?: number; readonly path?: string }
  | { readonly query: string }
  | { readonly sourceIp: true }
  /** The path with its query. */
  | { readonly uri: true }
  | { readonly host: true };

/** A set of endpoints that answer alike. */
export interface ServiceOptions {
  readonly name: string;
  readonly endpoints: readonly EndpointOptions[];
  /** Its share among the route's services; 1 by default. */
  readonly weight?: number;
  /** `round_robin` by default. */
  readonly balance?: BalanceMethod;
  /** For `hash`; the client's address by default. */
  readonly hashOn?: HashSource;
  /** Changes for this service alone, after the route's. */
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
  /** When an endpoint that fails is left out; without it only one that cannot be reached is, and not for long. */
  readonly outlierDetection?: OutlierOptions;
  /** How its endpoints are connected to, where the runtime's `fetch` cannot do it. */
  readonly link?: ServiceLink;
}

/** Envoy's outlier detection, as far as it is about consecutive errors. */
export interface OutlierOptions {
  /** Answers from 500, and tries without an answer, in a row. */
  readonly consecutiveErrors: number;
  /** Milliseconds of the first time; each further time is longer by as much. */
  readonly baseEjection: number;
  /** Percent of the endpoints that may be out at a time; one may be in any case. */
  readonly maxEjectionPercent: number;
}

/** Who gets copies of requests. */
export interface MirrorOptions {
  readonly service: ServiceOptions;
  /** Of the requests, 0 to 100. */
  readonly percent: number;
}

/** Who is asked in the place of a route's services. */
export interface FallbackOptions {
  readonly service: ServiceOptions;
  /** Statuses (`503`) and classes (`5xx`) after which it is asked; without any only where a service has no endpoint. */
  readonly on: readonly string[];
  /** The route's name, which it is told. */
  readonly route: string;
  /** What it is told as its own name; the service's when left out. */
  readonly called?: string;
}

/**
 * What is tried again. A number is a status; `5xx` stands for every status from 500 and for all three failures, `gateway-error` for 502,
 * 503, 504 and all three failures.
 */
export type RetryCondition =
  | "5xx"
  | "gateway-error"
  | "1xx"
  | "2xx"
  | "3xx"
  | "4xx"
  /** No connection: nothing reached the upstream, so any method may be repeated. */
  | "connect-failure"
  /** The connection broke before the answer's headers. */
  | "reset"
  /** `perTryTimeout` ran out. */
  | "timeout"
  | `${number}`;

/** When a request is sent again. */
export interface RetryOptions {
  /** Tries after the first. */
  readonly attempts: number;
  readonly on: readonly RetryCondition[];
  /** Milliseconds until a try's headers. */
  readonly perTryTimeout?: number;
  /** Methods such as POST are repeated too. */
  readonly nonIdempotent?: boolean;
}

/** What routes do that do not say: a connection that was refused or broke is tried again. */
export const DEFAULT_RETRY: RetryOptions = { attempts: 2, on: ["connect-failure", "reset"] };

/**
 * A new path. `prefix` replaces whole segments as the Gateway API's ReplacePrefixMatch does; `regex` replaces each match, its
 * substitution may use `$1`. None of them sees the query, which stays.
 */
export type PathRewrite =
  | { readonly prefix: string; readonly replacement: string }
  | { readonly full: string }
  | { readonly regex: string; readonly substitution: string };

/** Changes to headers, done in this order: remove, set, add. */
export interface HeaderChanges {
  readonly remove?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
}

/**
 * Keeps a client's requests at the endpoint that began its session. The endpoint's key of the session, which is sealed together with the
 * endpoint's name on its way out, is found in these places of answers and requests.
 */
export interface StickyOptions {
  /** A header of both. */
  readonly header?: string;
  /** A query parameter: of requests, and of the URL in an `endpoint` event of a `text/event-stream`. */
  readonly query?: string;
  /** A cookie. */
  readonly cookie?: string;
  /** A member of an answer in JSON, for a client that then sends it in one of the others. */
  readonly body?: string;
  /** When the endpoint is none of now: 404, so that the client begins anew, or another one. */
  readonly whenGone: "fail" | "rebalance";
  /** Milliseconds that a sealed key is good. */
  readonly ttl: number;
  /** Sealed keys are good for this alone: the route's name. */
  readonly scope: string;
}

/** A route to services. Times are milliseconds. */
export interface HttpRouteOptions {
  readonly services: readonly ServiceOptions[];
  /** A share of the requests that is answered with an error at once. */
  readonly abort?: { readonly status: number; readonly weight: number };
  /** From the request's headers to the answer's last byte, all tries included. None by default. */
  readonly timeout?: number;
  readonly retry?: RetryOptions;
  readonly sticky?: StickyOptions;
  readonly rewrite?: { readonly path?: PathRewrite; readonly host?: string };
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
  readonly mirrors?: readonly MirrorOptions[];
  readonly fallback?: FallbackOptions;
  /** False: a request to upgrade is sent on as a plain one. */
  readonly websocket?: boolean;
  /** A proxy in front is trusted: its `x-forwarded-proto` and `x-forwarded-host` are kept. */
  readonly trustForwarded?: boolean;
}
