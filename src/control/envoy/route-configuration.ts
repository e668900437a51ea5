import type { JsonObject } from "#src/core/json.ts";
import { MAX_BODY } from "./direct-response.ts";
import type { GlobalSettings } from "./global-settings.ts";
import { ADS, ROUTES } from "./resources.ts";
import { USUAL } from "./retry-policy.ts";

/** The virtual host of a host pattern. */
export function virtualHost(name: string, host: string, routes: readonly JsonObject[]): JsonObject {
  return {
    name,
    domains: [host],
    routes: [...routes],
    retry_policy: USUAL,
  };
}

/** The route configuration of all listeners; its virtual hosts are in it, or come one by one. */
export function routeConfiguration(
  virtualHosts: readonly JsonObject[] | undefined,
  settings: GlobalSettings,
): JsonObject {
  return {
    name: ROUTES,
    ...(virtualHosts === undefined ? { vhds: { config_source: ADS } } : { virtual_hosts: [...virtualHosts] }),
    ignore_port_in_host_matching: true,
    // What a route says of a header comes after what is said for all.
    most_specific_header_mutations_wins: true,
    max_direct_response_body_size_bytes: MAX_BODY,
    ...(settings.disableXEnvoyHeaders ? { request_headers_to_remove: ["x-envoy-external-address"] } : {}),
    request_headers_to_add: [
      {
        header: { key: "x-forwarded-for", value: "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%" },
        append_action: "APPEND_IF_EXISTS_OR_ADD",
      },
      {
        header: { key: "x-forwarded-host", value: "%REQ(:AUTHORITY)%" },
        append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
      },
      ...(settings.addXRealIpHeader ? [REAL_IP] : []),
    ],
  };
}

const REAL_IP: JsonObject = {
  header: { key: "x-real-ip", value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" },
  append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
};
