import { compileRegex, compileReplacement } from "#src/core/regex.ts";
import { mapping, strings } from "../../check-values.ts";
import { isOfRegistry } from "../../registries/service-name.ts";
import type { Written } from "../translator.ts";
import { type Destination, writtenInBridge } from "./destination.ts";
import type { MatchedPath } from "./path.ts";
import type { IngressScope } from "./scope.ts";

/** `mcp-server` and its further annotations: a server of MCP behind the Ingress. */
export interface McpRule {
  /** Undefined: it cannot be an entry of `mcpServers`, and requests are passed on as they are. */
  readonly path: string | undefined;
  readonly hosts: readonly string[];
  readonly transport: "http" | "sse";
  /** In the place of `path` at the upstream; undefined: as the Ingress rewrites it. */
  readonly upstreamPath?: string;
}

const MATCHES = ["exact", "prefix", "suffix", "contains", "regex"];
const UPSTREAMS = ["rest", "sse", "streamable"];

/**
 * The rule of an Ingress. Undefined where the plain route does what Higress does: without a rule, and for `rest`, where a plugin of the
 * route is the server.
 */
export function mcpRuleOf({ annotations }: IngressScope): McpRule | undefined {
  if (!annotations.flag("mcp-server")) return undefined;
  const match = annotations.text("mcp-server-match-rule-type");
  const upstream = annotations.text("mcp-server-upstream-type") ?? "rest";
  const path = annotations.text("mcp-server-match-rule-value") ?? "";
  const hosts = annotations.words("mcp-server-match-rule-domains");
  if (!UPSTREAMS.includes(upstream))
    annotations.error("mcp-server-upstream-type", `must be one of ${UPSTREAMS.join(", ")}`);
  if (match === undefined || !MATCHES.includes(match)) {
    annotations.error("mcp-server-match-rule-type", `must be one of ${MATCHES.join(", ")}`);
    return undefined;
  }
  if (upstream !== "sse" && upstream !== "streamable") return undefined;
  if (match !== "exact" && match !== "prefix") {
    annotations.warning(
      "mcp-server-match-rule-type",
      `${match} cannot be a server's path: requests are passed on as they are`,
    );
  }
  const good = /^\/[^?#\s]*[^?#\s/]$/.test(path);
  if (!good && (match === "exact" || match === "prefix"))
    annotations.error("mcp-server-match-rule-value", "must be a path such as /mcp/shop, without a slash at its end");
  const rewritten = annotations.flag("mcp-server-enable-path-rewrite")
    ? { upstreamPath: (annotations.text("mcp-server-path-rewrite-prefix") ?? "/").replace(/\/+$/, "") }
    : {};
  return {
    path: good && (match === "exact" || match === "prefix") ? path : undefined,
    hosts: hosts.includes("*") ? [] : hosts,
    transport: upstream === "sse" ? "sse" : "http",
    ...rewritten,
  };
}

/** The entry of `mcpServers` that a rule comes to on a path of the Ingress, undefined where the path or its services are not those of it. */
export function mcpServerOf(
  scope: IngressScope,
  rule: McpRule,
  route: { readonly name: string; readonly host: string; readonly path: MatchedPath; readonly rewrite: unknown },
  destinations: readonly Destination[],
): Written | undefined {
  if (rule.path === undefined || !covers(route.path, rule.path)) return undefined;
  const origins = destinations.flatMap((destination) => originsOf(scope, destination));
  if (origins.length === 0) {
    const message = "the addresses of its services are not known yet: requests are passed on as they are";
    scope.annotations.warning("mcp-server", message);
    return undefined;
  }
  const path = rule.upstreamPath ?? rewritten(rule.path, route.path, mapping(mapping(route.rewrite)["path"]));
  const suffix = rule.transport === "sse" && !path.endsWith("/sse") ? "/sse" : "";
  const hosts = rule.hosts.length > 0 ? rule.hosts : [route.host];
  return {
    name: route.name,
    route: route.name,
    path: rule.path,
    hosts,
    url: { endpoints: origins.map((origin) => origin + path + suffix), transport: rule.transport },
  };
}

/** Sessions of requests that are passed on stay at the endpoint that began them. */
export function mcpSticky({ transport, path }: McpRule, matched: MatchedPath): Written {
  if (path !== undefined && !covers(matched, path)) return {};
  return { sticky: transport === "sse" ? { query: "sessionId" } : { header: "mcp-session-id" } };
}

function covers({ match }: MatchedPath, path: string): boolean {
  if ("exact" in match) return match.exact === path;
  if ("regex" in match) return compileRegex(match.regex, "full").test(path);
  const bare = match.prefix.replace(/\/$/, "");
  return path === bare || path.startsWith(`${bare}/`);
}

/** Of registries only those are known here that say in the McpBridge where their endpoints are. */
function originsOf(scope: IngressScope, { name, service }: Destination): readonly string[] {
  const bridged = isOfRegistry(name) ? writtenInBridge(scope, name) : undefined;
  const { protocol, endpoints } = mapping(
    bridged === undefined ? service : { ...bridged, ...service, endpoints: bridged["endpoints"] },
  );
  const scheme = protocol === "https" || protocol === "h2" || protocol === "grpcs" ? "https" : "http";
  return strings(endpoints).map(([, address]) => `${scheme}://${address}`);
}

/** The path as the Ingress' own rewrite makes it. */
function rewritten(path: string, { match }: MatchedPath, { prefix, full, regex, substitution }: Written): string {
  if (typeof full === "string") return full;
  if (typeof regex === "string" && typeof substitution === "string") {
    return compileReplacement(compileRegex(regex, "search"), substitution)(path) ?? path;
  }
  if (typeof prefix !== "string" || !("prefix" in match)) return path;
  return prefix.replace(/\/$/, "") + path.slice(match.prefix.replace(/\/$/, "").length);
}
