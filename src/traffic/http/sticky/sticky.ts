import type { Clock } from "#src/core/clock.ts";
import { Fault } from "#src/core/fault.ts";
import { isObject, type Json } from "#src/core/json.ts";
import type { KeyRing, SealContext } from "#src/sessions/key-ring.ts";
import type { Endpoint } from "../endpoint.ts";
import type { StickyOptions } from "../http-options.ts";
import type { PlacedEndpoint, Service, Services } from "../service.ts";
import { type KeyCarrier, keyPlaces } from "./key-places.ts";

/** What sticky sessions of a route depend on. */
export interface StickyDependencies {
  readonly services: Services;
  readonly ring: KeyRing;
  readonly clock: Clock;
}

/** A session as a client brought it: the sealed key, and what was sealed. */
export interface StickySession {
  readonly token: string;
  /** The key of the endpoint that began it. */
  readonly endpoint: string;
  /** What that endpoint calls it. */
  readonly key: string;
  /** Unix milliseconds of the sealing. */
  readonly since: number;
}

/** A request whose session was looked for. */
export interface Located {
  /** The query, with an endpoint's own key where there was one for the client. */
  readonly search: string;
  /** The session and where it is; undefined for a request that may go anywhere. */
  readonly pinned?: { readonly session: StickySession; readonly service: Service };
}

/** The sticky sessions of a route: clients get keys that name the endpoint, endpoints get their own. */
export interface Sticky {
  readonly options: StickyOptions;
  /**
   * Finds the endpoint that a request's session key names, and puts the endpoint's own key in its place, in `headers` or the query.
   * Rejects with a Fault when a session is over and must not move.
   */
  locate(search: string, headers: Headers): Promise<Located>;
  /** The key for the client in place of an endpoint's own. One the client has already stays the same, while it is not too old. */
  seal(key: string, endpoint: Endpoint, session: StickySession | undefined): Promise<string>;
}

export function createSticky(options: StickyOptions, { services, ring, clock }: StickyDependencies): Sticky {
  const places = keyPlaces(options);
  const context: SealContext = { purpose: "sticky session", subject: options.scope };
  const strict = options.whenGone === "fail";
  return {
    options,
    async locate(search, headers) {
      const carrier: KeyCarrier = { search, headers };
      for (const place of places) {
        const token = place.read(carrier);
        if (token === undefined) continue;
        const session = sessionOf(token, await ring.open(token, context).catch(keysAway));
        if (session !== undefined) place.write(carrier, session.key);
        const found = session && services.find(session.endpoint);
        if (session !== undefined && found !== undefined)
          return { search: carrier.search, pinned: { session, service: pinned(found, strict) } };
        if (strict) throw sessionOver();
      }
      return { search: carrier.search };
    },
    async seal(key, endpoint, session) {
      const now = clock.now();
      const same = session?.key === key && session.endpoint === endpoint.key;
      if (same && now - session.since < options.ttl / 2) return session.token;
      return ring.seal({ h: endpoint.key, s: key, t: now }, context, now + options.ttl).catch(keysAway);
    },
  };
}

function sessionOf(token: string, sealed: Json | undefined): StickySession | undefined {
  if (!isObject(sealed)) return undefined;
  const { h: endpoint, s: key, t: since } = sealed;
  if (typeof endpoint !== "string" || typeof key !== "string" || typeof since !== "number") return undefined;
  return { token, endpoint, key, since };
}

/** A service that is this one endpoint; when it may move, another one once that failed, or while it rests. */
function pinned({ service, endpoint }: PlacedEndpoint, strict: boolean): Service {
  if (strict) return { ...service, empty: false, pick: () => endpoint };
  return {
    ...service,
    empty: false,
    pick: (exchange, tried) =>
      endpoint.state.usable && !tried.has(endpoint) ? endpoint : service.pick(exchange, tried),
  };
}

/** Keys that replicas share come from the store. */
function keysAway(cause: unknown): never {
  const message = "The store of the keys for sessions cannot be reached; try again.";
  throw new Fault("internal", message, { status: 503, retryAfter: 1, cause });
}

/** For a client's key that no endpoint of now knows. */
export function sessionOver(): Fault {
  return new Fault("session_not_found", "This session is over: begin a new one, without its key.");
}
