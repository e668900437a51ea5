import type { RedirectRoute } from "#config/model/http-route.ts";
import type { PathMatch } from "#src/core/route.ts";
import type { JsonObject } from "#src/core/json.ts";
import { headerOption } from "./header-changes.ts";
import { rewriteFields } from "./path-rewrite.ts";
import { given } from "./resources.ts";
import { Refusal } from "./refusal.ts";

/** Envoy's names of the statuses it redirects with. */
const STATUSES: Readonly<Record<number, string>> = {
  301: "MOVED_PERMANENTLY",
  302: "FOUND",
  303: "SEE_OTHER",
  307: "TEMPORARY_REDIRECT",
  308: "PERMANENT_REDIRECT",
};

const OWN_PORTS = { http: 80, https: 443 } as const;

/** The fields of a route that sends the client elsewhere. `host` is the pattern of the virtual host it stands in. */
export function redirectFields(redirect: RedirectRoute, match: PathMatch, host: string): JsonObject | Refusal {
  const { url, status, scheme, path } = redirect;
  if (url !== undefined) {
    const location = headerOption("location", url, "OVERWRITE_IF_EXISTS_OR_ADD");
    return { direct_response: { status }, response_headers_to_add: [location] };
  }
  const code = STATUSES[status];
  if (code === undefined) return new Refusal(`it redirects with ${status}`);
  return {
    redirect: given({
      scheme_redirect: scheme,
      ...place(redirect, host),
      ...(path === undefined ? {} : pathFields(path, match)),
      response_code: code,
    }),
  };
}

/** Envoy keeps the port that was asked for; the gateway leaves it out with a new scheme or host, and a scheme's own one always. */
function place({ scheme, host, port }: RedirectRoute, pattern: string): JsonObject {
  const own = scheme !== undefined && (port ?? OWN_PORTS[scheme]) === OWN_PORTS[scheme];
  const known = host ?? (pattern.startsWith("*") ? undefined : pattern);
  if (own && known !== undefined) return { host_redirect: known };
  if (own) return { port_redirect: OWN_PORTS[scheme] };
  return given({ host_redirect: host, port_redirect: port });
}

function pathFields(path: NonNullable<RedirectRoute["path"]>, match: PathMatch): JsonObject {
  return "full" in path ? { path_redirect: path.full } : rewriteFields(path, match);
}
