import type { JsonObject } from "#src/core/json.ts";
import { typed } from "./resources.ts";

/** One JSON line a request, with the names of Sluice's own access log where it knows them. */
const FIELDS: JsonObject = {
  time: "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
  request_id: "%REQ(X-REQUEST-ID)%",
  method: "%REQ(:METHOD)%",
  host: "%REQ(:AUTHORITY)%",
  path: "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  protocol: "%PROTOCOL%",
  remote_address: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
  forwarded_for: "%REQ(X-FORWARDED-FOR)%",
  user_agent: "%REQ(USER-AGENT)%",
  route: "%ROUTE_NAME%",
  status: "%RESPONSE_CODE%",
  why: "%RESPONSE_CODE_DETAILS%",
  flags: "%RESPONSE_FLAGS%",
  request_bytes: "%BYTES_RECEIVED%",
  response_bytes: "%BYTES_SENT%",
  total_ms: "%DURATION%",
  upstream: "%UPSTREAM_CLUSTER%",
  upstream_address: "%UPSTREAM_HOST%",
  tries: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
  server_name: "%REQUESTED_SERVER_NAME%",
  ai_log: "%FILTER_STATE(wasm.ai_log:PLAIN)%",
};

/** `HttpConnectionManager.access_log`. A query may hold secrets, and is left out. */
export const ACCESS_LOG: JsonObject[] = [
  {
    name: "envoy.access_loggers.stdout",
    typed_config: typed("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", {
      log_format: {
        json_format: FIELDS,
        omit_empty_values: true,
        formatters: [
          {
            name: "envoy.formatter.req_without_query",
            typed_config: typed("envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery"),
          },
        ],
      },
    }),
  },
];
