import type { JsonObject } from "#src/core/json.ts";
import type { GlobalSettings } from "./global-settings.ts";
import { HIDDEN_PATH_FILTER } from "./hidden-path.ts";
import { gzipFilters } from "./gzip.ts";
import type { PluginPlan } from "./plugins/plugin-plan.ts";
import { REST } from "./plugins/wasm-filter.ts";
import { typed } from "./resources.ts";
import { RETRY_FILTER } from "./retry-policy.ts";
import { LISTENER_HEADER } from "./route-match.ts";

const FORGET_LISTENER = "sluice.forget-listener";

/** Said by routes that Sluice answers: it is to know the listener, too. */
export const KEEP_LISTENER: JsonObject = { [FORGET_LISTENER]: REST };

/** The HTTP filters of every listener, in their order. */
export function httpFilters(plugins: PluginPlan, settings: GlobalSettings): JsonObject[] {
  return [
    HIDDEN_PATH_FILTER,
    ...gzipFilters(settings.compression),
    ...plugins.filters(),
    RETRY_FILTER,
    forgetListener(),
    router(settings),
  ];
}

/** No service is told the listener's name. */
function forgetListener(): JsonObject {
  return {
    name: FORGET_LISTENER,
    typed_config: typed("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation", {
      mutations: { request_mutations: [{ remove: LISTENER_HEADER }] },
    }),
  };
}

function router({ disableXEnvoyHeaders }: GlobalSettings): JsonObject {
  return {
    name: "envoy.filters.http.router",
    typed_config: typed("envoy.extensions.filters.http.router.v3.Router", {
      suppress_envoy_headers: disableXEnvoyHeaders,
    }),
  };
}
