import type { Exchange } from "#src/core/exchange.ts";
import type { FaultCode } from "#src/core/fault.ts";
import { statusTest } from "../status-test.ts";
import type { FallbackOptions } from "./http-options.ts";
import type { Sent } from "./send.ts";
import { createServices, type Service } from "./service.ts";
import type { HttpDependencies } from "./upstream-fetch.ts";

/** A service in the place of a route's own. */
export interface Fallback {
  readonly service: Service;
  /** Whether it is asked after what came of asking the route's own. */
  isWanted(sent: Sent): boolean;
  /** Tells it, in the request's headers, whose place it takes and why. */
  introduce(headers: Headers, exchange: Exchange, sent: Sent): void;
  close(): void;
}

/** What it is asked for after an answer, as in nginx and Higress: its page for that status, not what the client asked for. */
export const FALLBACK_TARGET = "/";

/** What came of an upstream, and not of the client or the route. */
const FAILURES: ReadonlySet<FaultCode> = new Set([
  "upstream_unreachable",
  "upstream_cut",
  "upstream_garbage",
  "connect_timeout",
  "first_byte_timeout",
]);

export function createFallback(
  { service, on, route, called = service.name }: FallbackOptions,
  deps: HttpDependencies,
): Fallback {
  const services = createServices([service], deps);
  const fits = statusTest(on);
  return {
    service: services.all[0] as Service,
    isWanted({ response, fault }) {
      if (response !== undefined) return fits(response.status);
      // To Envoy, and so to whoever writes Higress' annotation, an upstream that fails is 503.
      return FAILURES.has(fault.code) && (fits(fault.status) || fits(503));
    },
    introduce(headers, { path, search }, sent) {
      headers.set("x-envoy-route-name", `${route}-fallback`);
      headers.set("x-envoy-fallback-service", called);
      headers.set("x-code", String(sent.response === undefined ? sent.fault.status : sent.response.status));
      headers.set("x-format", headers.get("accept") ?? "");
      headers.set("x-original-uri", path + search);
    },
    close: () => services.close(),
  };
}
