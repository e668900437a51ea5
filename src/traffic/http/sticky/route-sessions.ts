import type { Exchange } from "#src/core/exchange.ts";
import { Fault } from "#src/core/fault.ts";
import { type AnswerChange, isDecoded } from "../answer.ts";
import type { Endpoint } from "../endpoint.ts";
import type { StickyOptions } from "../http-options.ts";
import type { Service, Services, ServiceWay } from "../service.ts";
import type { HttpDependencies } from "../upstream-fetch.ts";
import { createSticky, sessionOver, type StickySession } from "./sticky.ts";
import { stickyAnswer } from "./sticky-answer.ts";

/** Where a request goes. */
export interface Admitted {
  /** Undefined: the route has none. */
  readonly service: Service | undefined;
  /** The query, with the endpoint's own key of the session. */
  readonly search: string;
  readonly session: StickySession | undefined;
  /** What the client is told of a failure. */
  failure(error: unknown): unknown;
}

/** An endpoint's answer to an admitted request. */
export interface Answered {
  readonly response: Response;
  readonly endpoint: Endpoint;
  readonly admitted: Admitted;
  readonly way: ServiceWay;
}

/** What a route does for its clients' sessions. */
export interface RouteSessions {
  /** Picks a service; puts the endpoint's own key into `headers` where it stands there. */
  admit(exchange: Exchange, headers: Headers): Promise<Admitted> | Admitted;
  /** What is done to the answer. When it rejects, the answer was thrown away. */
  answered(answered: Answered): Promise<AnswerChange> | AnswerChange;
}

/** What of a route its sessions meet. */
export interface SessionsRoute {
  readonly services: Services;
  readonly changeHeaders: (headers: Headers) => void;
  /** The path that clients know for one of a service's. */
  readonly wayBack: (path: string) => string;
}

/** Without options a route keeps no sessions: each request goes where its turn is. */
export function createRouteSessions(
  options: StickyOptions | undefined,
  { services, changeHeaders, wayBack }: SessionsRoute,
  deps: HttpDependencies,
): RouteSessions {
  const same = (error: unknown): unknown => error;
  const free = (search: string): Admitted => ({ service: services.pick(), search, session: undefined, failure: same });
  if (options === undefined) return { admit: ({ search }) => free(search), answered: () => ({ changeHeaders }) };

  const sticky = createSticky(options, { services, ring: deps.keyRing, clock: deps.clock });
  const readsBodies = (options.query ?? options.body) !== undefined;
  return {
    async admit(exchange, headers) {
      // In a compressed body no key could be found.
      if (readsBodies) headers.set("accept-encoding", "identity");
      const { search, pinned } = await sticky.locate(exchange.search, headers);
      if (pinned === undefined) return free(search);
      return { search, ...pinned, failure: options.whenGone === "fail" ? unreachableIsOver : same };
    },
    async answered({ response, endpoint, admitted: { session }, way }) {
      try {
        const encoded = isEncoded(response, way);
        const keys = await stickyAnswer(sticky, { response, endpoint, session, encoded, wayBack });
        return {
          body: keys.body,
          changeHeaders(headers) {
            keys.changeHeaders(headers);
            changeHeaders(headers);
          },
        };
      } catch (error) {
        endpoint.state.end();
        response.body?.cancel().catch(() => {});
        throw error;
      }
    },
  };
}

function isEncoded({ headers }: Response, way: ServiceWay): boolean {
  const encoding = headers.get("content-encoding")?.toLowerCase() ?? "identity";
  return encoding !== "identity" && !isDecoded(headers, way);
}

/** An endpoint that nobody can reach has lost its sessions, most likely; the client begins anew with one that lives. */
function unreachableIsOver(error: unknown): unknown {
  if (!(error instanceof Fault) || error.code !== "upstream_unreachable") return error;
  return sessionOver();
}
