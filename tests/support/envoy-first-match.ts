import { compileRegex } from "#src/core/regex.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** A request as Envoy routes it. */
export interface EnvoyRequest {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The name of the route that Envoy would take: the virtual host by its domain, in it the first route that fits. */
export function firstMatch(virtualHosts: Iterable<JsonObject>, request: EnvoyRequest): string | undefined {
  const hosts = [...virtualHosts].map((one) => ({
    domain: text(list(one["domains"])[0]),
    routes: list(one["routes"]),
  }));
  const ranked = hosts
    .filter(({ domain }) => fits(domain, request.host))
    .sort(
      (a, b) =>
        Number(a.domain.startsWith("*")) - Number(b.domain.startsWith("*")) || b.domain.length - a.domain.length,
    );
  const routes = ranked[0]?.routes ?? [];
  const found = routes.find((route) => isObject(route) && matches(route["match"] ?? null, request));
  return isObject(found) ? text(found["name"]) : undefined;
}

function fits(domain: string, host: string): boolean {
  if (domain === "*") return true;
  return domain.startsWith("*") ? host.endsWith(domain.slice(1)) && host.length >= domain.length : host === domain;
}

function matches(match: Json, request: EnvoyRequest): boolean {
  if (!isObject(match)) return false;
  const {
    path,
    prefix,
    path_separated_prefix: segments,
    safe_regex: regex,
    headers,
    query_parameters: query,
    ...rest
  } = match;
  if (Object.keys(rest).length > 0) throw new Error(`nothing is known of ${Object.keys(rest).join()}`);
  const own = request.path;
  if (typeof path === "string" && own !== path) return false;
  if (typeof prefix === "string" && !own.startsWith(prefix)) return false;
  if (typeof segments === "string" && own !== segments && !own.startsWith(`${segments}/`)) return false;
  if (regex !== undefined && !matchesText({ safe_regex: regex }, own)) return false;
  const params = new URLSearchParams(request.search);
  const header = (name: string): string | null =>
    name === ":method" ? request.method : name === ":path" ? own + request.search : (request.headers[name] ?? null);
  return (
    list(headers).every((one) => matchesValue(one, header)) &&
    list(query).every((one) => matchesValue(one, (name) => params.get(name)))
  );
}

function matchesValue(matcher: Json, read: (name: string) => string | null): boolean {
  if (!isObject(matcher)) return false;
  const value = read(text(matcher["name"]));
  if (matcher["present_match"] === true) return value !== null;
  return value !== null && isObject(matcher["string_match"]) && matchesText(matcher["string_match"], value);
}

function matchesText({ exact, prefix, safe_regex: regex }: JsonObject, value: string): boolean {
  if (typeof exact === "string") return value === exact;
  if (typeof prefix === "string") return value.startsWith(prefix);
  return isObject(regex) && compileRegex(text(regex["regex"]), "full").test(value);
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
