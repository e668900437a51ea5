import type { HttpRoute, PathRewrite, RouteConfig } from "#config/model.ts";
import type { PathMatch, Route, UpstreamHost } from "../core/route.ts";
import { createDirectResponseHandler } from "../traffic/http/direct-response.ts";
import { createHttpHandler } from "../traffic/http/handler.ts";
import type {
  FallbackOptions,
  HttpRouteOptions,
  MirrorOptions,
  PathRewrite as Rewrite,
  RetryOptions,
  ServiceOptions,
} from "../traffic/http/http-options.ts";
import type { Services } from "./live-routes.ts";
import { linkOf, originsOf } from "./service-link.ts";
import { createRedirectHandler } from "../traffic/http/redirect.ts";
import type { HttpDependencies } from "../traffic/http/upstream-fetch.ts";

/** How a route that is not AI answers, and how its hold on shared state is given up. */
export interface CompiledAction {
  readonly handle: Route["handle"];
  readonly hosts?: () => readonly UpstreamHost[];
  readonly lease?: NonNullable<Route["lease"]>;
  readonly close: () => void;
}

const nothing = (): void => {};

/** Builds the action of a route to services, a redirect or a fixed answer. Throws an Error that names what cannot be built. */
export function compileAction(route: RouteConfig, services: Services, deps: HttpDependencies): CompiledAction {
  const { http, redirect, response, match } = route;
  if (http !== undefined) return createHttpHandler(httpOptions(route.name, http, match.path, services), deps);
  if (redirect !== undefined) {
    const { path, ...others } = redirect;
    const options = path === undefined ? others : { ...others, path: rewriteOf(path, match.path) };
    return { handle: createRedirectHandler(options), close: nothing };
  }
  if (response !== undefined) return { handle: createDirectResponseHandler(response), close: nothing };
  throw new Error(`The route '${route.name}' does nothing.`);
}

function httpOptions(route: string, http: HttpRoute, match: PathMatch, services: Services): HttpRouteOptions {
  const { abort, rewrite, timeout, retry, sticky, requestHeaders, responseHeaders, mirror, fallback, websocket } = http;
  const path = rewrite?.path === undefined ? {} : { path: rewriteOf(rewrite.path, match) };
  const host = rewrite?.host === undefined ? {} : { host: rewrite.host };
  return {
    services: http.services.map(({ name, ...share }) => ({ ...serviceOf(name, services), ...share })),
    websocket,
    ...(abort === undefined ? {} : { abort }),
    ...(timeout === undefined || timeout === 0 ? {} : { timeout }),
    ...(retry === undefined ? {} : { retry: retry as RetryOptions }),
    ...(sticky === undefined ? {} : { sticky: { ...sticky, scope: route } }),
    ...(rewrite === undefined ? {} : { rewrite: { ...path, ...host } }),
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
    ...(mirror === undefined ? {} : { mirrors: mirrorsOf(mirror, services) }),
    ...(fallback === undefined ? {} : { fallback: fallbackOf(route, fallback, services) }),
  };
}

function fallbackOf(
  route: string,
  { service, on }: NonNullable<HttpRoute["fallback"]>,
  services: Services,
): FallbackOptions {
  const called = kubernetesName(service);
  const told = called === undefined ? {} : { called };
  return { service: serviceOf(service, services), on: on.map(String), route, ...told };
}

/** `NAMESPACE/NAME` of a Service of Kubernetes, as Higress tells a fallback its name. */
function kubernetesName(service: string): string | undefined {
  const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local:\d+$/.exec(service) ?? [];
  return name === undefined ? undefined : `${namespace}/${name}`;
}

function mirrorsOf(mirror: NonNullable<HttpRoute["mirror"]>, services: Services): readonly MirrorOptions[] {
  return mirror.map(({ service, percent }) => ({ service: serviceOf(service, services), percent }));
}

function serviceOf(name: string, services: Services): ServiceOptions {
  const service = services.get(name);
  if (service === undefined) throw new Error(`There is no service '${name}'.`);
  const { endpoints, loadBalance, hash, outlierDetection } = service;
  const origins = originsOf(service);
  const link = linkOf(service);
  return {
    name,
    balance: loadBalance,
    endpoints: endpoints.map(({ weight, metadata }, index) =>
      Object.assign({ address: origins[index] ?? "", weight }, metadata === undefined ? {} : { metadata }),
    ),
    ...(link === undefined ? {} : { link }),
    ...(hash === undefined ? {} : { hashOn: "source_ip" in hash ? { sourceIp: true } : hash }),
    ...(outlierDetection === undefined ? {} : { outlierDetection }),
  };
}

/** A rewrite of the matched prefix needs to know what was matched. */
function rewriteOf(rewrite: PathRewrite, match: PathMatch): Rewrite {
  if (!("prefix" in rewrite)) return rewrite;
  return "prefix" in match ? { prefix: match.prefix, replacement: rewrite.prefix } : { full: rewrite.prefix };
}
