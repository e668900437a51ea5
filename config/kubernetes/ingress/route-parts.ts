import type { Written } from "../translator.ts";
import { stickyOf } from "./balance.ts";
import { conditionsOf } from "./conditions.ts";
import { corsOf } from "./cors.ts";
import { fallbackOf } from "./fallback.ts";
import { headerControlOf } from "./header-control.ts";
import { rateLimitOf, sourceRangeOf } from "./limits.ts";
import { mcpRuleOf, type McpRule } from "./mcp-server.ts";
import { mirrorOf } from "./mirror.ts";
import { appRootOf, redirectOf, tlsRedirectOf } from "./redirect.ts";
import { retryOf, timeoutOf } from "./retry.ts";
import { rpcOf } from "./rpc.ts";
import type { IngressScope } from "./scope.ts";
import { serviceSettings } from "./service-settings.ts";

/** What the annotations of an Ingress give each of its routes. */
export interface RouteParts {
  /** Further fields of `match`. */
  readonly conditions: Written;
  /** Further fields of `http`. */
  readonly http: Written;
  readonly plugins: readonly Written[];
  /** In the place of services. */
  readonly redirect?: Written;
  /** What the listener without TLS answers in their place. */
  readonly tlsRedirect?: Written;
  /** What the bare host answers. */
  readonly appRoot?: Written;
  /** Fields of the entries of the services behind it. */
  readonly settings: Written;
  /** Entries of services that `http` names. */
  readonly services: readonly Written[];
  readonly mcp?: McpRule;
}

/** Undefined where a condition or a limit of access is broken: then routes without it would let in whom they must not. */
export function routeParts(scope: IngressScope): RouteParts | undefined {
  const conditions = conditionsOf(scope);
  const access = sourceRangeOf(scope);
  const further = [mirrorOf(scope), fallbackOf(scope)].filter((one) => one !== undefined);
  const redirect = redirectOf(scope);
  const tlsRedirect = tlsRedirectOf(scope);
  const appRoot = appRootOf(scope);
  const mcp = mcpRuleOf(scope);
  const parts = {
    http: {
      ...timeoutOf(scope),
      ...retryOf(scope),
      ...stickyOf(scope),
      ...headerControlOf(scope),
      ...Object.assign({}, ...further.map(({ http }) => http)),
    },
    settings: serviceSettings(scope),
    services: further.flatMap(({ service }) => (service === undefined ? [] : [service])),
    ...(redirect === undefined ? {} : { redirect }),
    ...(tlsRedirect === undefined ? {} : { tlsRedirect }),
    ...(appRoot === undefined ? {} : { appRoot }),
    ...(mcp === undefined ? {} : { mcp }),
  };
  const plugins = [...corsOf(scope), ...rateLimitOf(scope), ...rpcOf(scope)];
  if (conditions === undefined || access === undefined) return undefined;
  return { ...parts, conditions, plugins: [...access, ...plugins] };
}

/** What is a canary's own: the requests it means, its services, and the headers it changes. All else is the main Ingress'. */
export function canaryParts(scope: IngressScope): RouteParts | undefined {
  const conditions = conditionsOf(scope);
  if (conditions === undefined) return undefined;
  return { conditions, http: headerControlOf(scope), plugins: [], settings: serviceSettings(scope), services: [] };
}
