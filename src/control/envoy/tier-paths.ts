import { mcpRouteOf } from "#config/mcp-route.ts";
import type { Config, McpServerConfig } from "#config/model.ts";
import type { RouteMatch } from "#src/core/route.ts";

/** Requests that Sluice answers although no route is for them. */
export interface TierEntry {
  readonly name: string;
  readonly match: RouteMatch;
  readonly why: string;
}

/** Pages that MCP servers have beside their own paths: metadata of OAuth's, and signing in. */
const PAGES = ["/.well-known/oauth-protected-resource", "/mcp-auth"];

/**
 * The paths of MCP servers. Sluice looks a request up once more, so that more than their own paths may go there: everything below them.
 */
export function mcpEntries(servers: readonly McpServerConfig[]): TierEntry[] {
  const entries = servers.flatMap(({ path, ...server }) => {
    const { name, hosts } = mcpRouteOf(server);
    const sse = path === "/" ? "/sse" : `${path}/sse`;
    const paths: RouteMatch["path"][] = [{ exact: path }, { exact: sse }];
    if (path !== "/") paths.push({ prefix: path });
    return paths.map((one) => ({
      name,
      why: "it is an MCP server",
      match: { hosts, path: one },
    }));
  });
  const hosts = [...new Set(servers.flatMap((server) => server.hosts ?? ["*"]))];
  const pages = PAGES.map((prefix) => ({
    name: "mcp:pages",
    why: "it is a page of MCP servers",
    match: { hosts, path: { prefix } },
  }));
  return servers.length === 0 ? [] : [...entries, ...pages];
}

/** Where authorities look for the answers to their checks of names (HTTP-01 of RFC 8555). */
const CHALLENGES = "/.well-known/acme-challenge";

/** The checks of the names that certificates are got for: Sluice knows the answers. */
export function challengeEntries({ listeners, acme }: Pick<Config, "listeners" | "acme">): TierEntry[] {
  if (!acme.challenges.includes("http-01")) return [];
  const names = listeners.flatMap(({ tls, protocol }) => (protocol === "tcp" ? [] : (tls?.auto ?? [])));
  const hosts = [...new Set(names.filter((name) => !name.startsWith("*")))];
  if (hosts.length === 0) return [];
  const why = "it is an authority's check of a name (acme)";
  return [{ name: "acme:challenge", why, match: { hosts, path: { prefix: CHALLENGES } } }];
}
