import type { Piece, Written } from "../translator.ts";
import { backendsOf } from "./backend.ts";
import type { Destination } from "./destination.ts";
import { mcpServerOf, mcpSticky } from "./mcp-server.ts";
import type { RouteParts } from "./route-parts.ts";
import { RouteNames } from "./route-names.ts";
import { rewriteOf } from "./rewrite.ts";
import type { RulePath } from "./rules.ts";
import type { IngressScope } from "./scope.ts";
import { carriesSettings } from "./settled-services.ts";

/** Writes the routes of an Ingress, and the services they name. */
export class RouteWriter {
  readonly #scope: IngressScope;
  readonly #parts: RouteParts;
  readonly #origin: string;
  readonly #names: RouteNames;
  readonly #routes: Written[] = [];
  readonly #services = new Map<string, Written>();
  readonly #mcpServers = new Map<string, Written>();
  /** Hosts of rules. */
  readonly #hosts = new Set<string>();
  /** Which requests are meant, by path, so that none is meant twice. */
  readonly #taken = new Set<string>();

  constructor(scope: IngressScope, parts: RouteParts, origin: string) {
    this.#scope = scope;
    this.#parts = parts;
    this.#origin = origin;
    this.#names = new RouteNames(scope.resource.metadata);
  }

  add(rule: RulePath): void {
    const { host, path, field, isDefault } = rule;
    if (!isDefault) this.#hosts.add(host);
    const wanted = JSON.stringify([host, path.match]);
    if (this.#taken.has(wanted)) {
      this.#scope.found.warning(field, `does nothing: ${host}${path.written} is there already in this Ingress`);
      return;
    }
    this.#taken.add(wanted);
    if (this.#parts.redirect === undefined) this.#serve(rule);
    else this.#route(rule, this.#listeners(), { redirect: this.#parts.redirect, ...this.#plugins() });
  }

  /** Everything written so far. */
  written(): Pick<Piece, "routes" | "services" | "mcpServers"> {
    const roots = this.#appRoots();
    for (const service of this.#parts.services) this.#service(service);
    return {
      routes: [...roots, ...this.#routes],
      services: [...this.#services.values()],
      ...(this.#mcpServers.size === 0 ? {} : { mcpServers: [...this.#mcpServers.values()] }),
    };
  }

  #serve(rule: RulePath): void {
    const { settings, tlsRedirect, http, mcp } = this.#parts;
    const destinations = backendsOf(this.#scope, rule.backend, rule.field, settings);
    if (destinations.length === 0) return;
    const services = this.#shares(destinations);
    const rewrite = rewriteOf(this.#scope, rule.path);
    const served = this.#mcp(rule, rewrite, destinations);
    if (served === "whole") return;
    const sticky = mcp === undefined || served === "path" ? {} : mcpSticky(mcp, rule.path);
    const action = { http: { services, ...rewrite, ...sticky, ...http }, ...this.#plugins() };
    const { httpListener, httpsListener } = this.#scope.options;
    // A gateway with TLS alone has nobody to redirect.
    if (tlsRedirect === undefined || httpListener === httpsListener) {
      this.#route(rule, this.#listeners(), action);
      return;
    }
    if (httpsListener !== undefined) this.#route(rule, [httpsListener], action);
    this.#route(rule, [httpListener], { redirect: tlsRedirect });
  }

  /** An MCP server for a path of its own, which wins over any prefix: whether there is one, and whether it leaves nothing to the route. */
  #mcp({ host, path }: RulePath, rewrite: Written, destinations: readonly Destination[]): "whole" | "path" | undefined {
    const { mcp } = this.#parts;
    if (mcp?.path === undefined) return undefined;
    if (this.#guards().length > 0) {
      const message = `is passed on as it is: an entry of mcpServers would not heed ${this.#guards().join(", ")}`;
      this.#scope.annotations.warning("mcp-server", message);
      return undefined;
    }
    const name = this.#names.plain(host, mcp.path);
    const server = mcpServerOf(this.#scope, mcp, { name, host, path, rewrite: rewrite["rewrite"] }, destinations);
    if (server === undefined) return undefined;
    if (!this.#mcpServers.has(name)) {
      this.#names.next(host, mcp.path);
      this.#mcpServers.set(name, server);
    }
    return "exact" in path.match ? "whole" : "path";
  }

  /** What keeps requests from the route that must be kept from its MCP server as well. */
  #guards(): readonly string[] {
    const { conditions, plugins, tlsRedirect } = this.#parts;
    return [
      ...Object.keys(conditions),
      ...plugins.map(({ name }) => String(name)),
      ...(tlsRedirect === undefined ? [] : ["ssl-redirect"]),
    ];
  }

  /** One share a service: what is named twice gets both. */
  #shares(destinations: readonly Destination[]): readonly Written[] {
    const weights = new Map<string, number>();
    for (const { name, weight, service } of destinations) {
      weights.set(name, (weights.get(name) ?? 0) + weight);
      if (service === undefined) continue;
      if (Object.keys(this.#parts.settings).length > 0) carriesSettings.add(service);
      this.#service(service);
    }
    return Array.from(weights, ([name, weight]) => (weights.size === 1 ? { name } : { name, weight }));
  }

  #service(service: Written): void {
    const name = String(service["name"]);
    if (!this.#services.has(name)) this.#services.set(name, service);
  }

  #route({ host, path }: RulePath, listeners: readonly string[], action: Written): void {
    this.#routes.push({
      name: this.#names.next(host, path.written),
      match: { hosts: [host], path: path.match, ...this.#parts.conditions, listeners },
      ...action,
      origin: this.#origin,
    });
  }

  /** They come first: an own path `/` does not keep the bare host from leading to the application. */
  #appRoots(): readonly Written[] {
    const { appRoot } = this.#parts;
    if (appRoot === undefined) return [];
    return Array.from(this.#hosts, (host) => ({
      name: this.#names.next(host, "/"),
      match: { hosts: [host], path: { exact: "/" }, listeners: this.#listeners() },
      redirect: appRoot,
      origin: this.#origin,
    }));
  }

  #plugins(): Written {
    const { plugins } = this.#parts;
    return plugins.length === 0 ? {} : { plugins };
  }

  #listeners(): readonly string[] {
    const { httpListener, httpsListener } = this.#scope.options;
    return [...new Set([httpListener, httpsListener ?? httpListener])];
  }
}
