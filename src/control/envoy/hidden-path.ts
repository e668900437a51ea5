import type { JsonObject } from "#src/core/json.ts";
import { typed } from "./resources.ts";

/**
 * What upstreams might resolve to another path is refused, as by the gateway (src/traffic/normalize-path.ts): `..` next to an encoded slash,
 * and an encoded NUL. `..` before path parameters is resolved by Envoy itself.
 */
const HIDDEN = "(?i).*(?:%00.*|(?:/|%2f|%5c)(?:\\.|%2e){2}(?:%2f|%5c).*|(?:%2f|%5c)(?:\\.|%2e){2}(?:/.*)?)";

const POLICY = "hidden-path";

/** Why Envoy answers a request that this filter refuses. */
export const HIDDEN_PATH_DETAILS: string = `rbac_access_denied_matched_policy[${POLICY}]`;

/** The filter that refuses them; in every listener once, since an expression in every virtual host would make updates slow. */
export const HIDDEN_PATH_FILTER: JsonObject = {
  name: "sluice.hidden-path",
  typed_config: typed("envoy.extensions.filters.http.rbac.v3.RBAC", {
    rules: {
      action: "DENY",
      policies: {
        [POLICY]: {
          permissions: [{ url_path: { path: { safe_regex: { regex: HIDDEN } } } }],
          principals: [{ any: true }],
        },
      },
    },
  }),
};
