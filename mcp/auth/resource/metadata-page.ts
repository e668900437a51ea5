import type { Exchange } from "#src/core/exchange.ts";
import type { McpPage } from "#src/core/mcp/page.ts";
import type { ResourcePlace } from "./place.ts";
import type { AuthSettings } from "./settings.ts";

/** Clients in browsers read the metadata before they have anything to show. */
const OPEN = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, OPTIONS",
  "access-control-allow-headers": "*",
  "access-control-max-age": "86400",
} as const;

/** The pages of RFC 9728's metadata. */
export function metadataPages(name: string, place: ResourcePlace, settings: AuthSettings): readonly McpPage[] {
  const { issuers, authorizationServers = issuers.map(({ issuer }) => issuer), scopes, documentation } = settings;
  const common = {
    authorization_servers: authorizationServers,
    // The least that is useful: what single tools need is asked for when it is needed.
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ["header"],
    resource_name: name,
    ...(documentation === undefined ? {} : { resource_documentation: documentation }),
  };
  const handle = (exchange: Exchange): Response => {
    const { method } = exchange.request;
    if (method === "OPTIONS") return new Response(null, { status: 204, headers: OPEN });
    if (method !== "GET" && method !== "HEAD") {
      return new Response("", { status: 405, headers: { ...OPEN, allow: "GET, OPTIONS" } });
    }
    const document = { resource: place.resourceOf(exchange), ...common };
    // Without a configured resource the answer is the host's own, so no shared cache may keep it.
    const cached = settings.resource === undefined ? "no-store" : "public, max-age=300";
    return Response.json(document, { headers: { ...OPEN, "cache-control": cached } });
  };
  return place.metadataPaths.map((path) => ({ path, handle }));
}
