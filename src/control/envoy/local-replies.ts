import type { JsonObject } from "#src/core/json.ts";
import { HIDDEN_PATH_DETAILS } from "./hidden-path.ts";
import { typed } from "./resources.ts";

interface LocalReply {
  /** Envoy's response flags: why it answers itself. */
  readonly flags: string[];
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What Envoy answers itself, as Sluice would. */
const REPLIES: readonly LocalReply[] = [
  { flags: ["NR"], status: 404, code: "route_not_found", message: "No route matches %REQ(:METHOD)% %PATH(NQ)%." },
  { flags: ["UH", "NC"], status: 503, code: "no_upstream", message: "The route's service has no endpoint." },
  { flags: ["UF"], status: 502, code: "upstream_unreachable", message: "The route's service cannot be reached." },
  {
    flags: ["UC", "UR", "UPE"],
    status: 502,
    code: "upstream_cut",
    message: "The route's service closed the connection before it answered.",
  },
  { flags: ["UT"], status: 504, code: "total_timeout", message: "The route's service did not answer in time." },
];

/** A condition on why a filter has answered. */
function details(expression: string): JsonObject {
  return {
    extension_filter: {
      name: "envoy.access_loggers.extension_filters.cel",
      typed_config: typed("envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter", { expression }),
    },
  };
}

const HIDDEN_PATH: JsonObject = {
  filter: details(`response.code_details == '${HIDDEN_PATH_DETAILS}'`),
  status_code: 400,
  ...errorBody("invalid_request", "The path hides a parent directory or a NUL behind its encoding."),
};

/** What the built-in ip-restriction says. */
const BLOCKED: JsonObject = {
  filter: details("response.code_details.startsWith('rbac_access_denied')"),
  body_format_override: { json_format: { message: "Your IP address is blocked." } },
};

/** `HttpConnectionManager.local_reply_config`. */
export const LOCAL_REPLIES: JsonObject = {
  mappers: [...REPLIES.map(mapperOf), HIDDEN_PATH, BLOCKED],
};

function mapperOf({ flags, status, code, message }: LocalReply): JsonObject {
  return { filter: { response_flag_filter: { flags } }, status_code: status, ...errorBody(code, message) };
}

function errorBody(code: string, message: string): JsonObject {
  return { body_format_override: { json_format: { error: { code, message, request_id: "%REQ(X-REQUEST-ID)%" } } } };
}
