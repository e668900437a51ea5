import type { HeaderView } from "../../core/header-list.ts";
import type { Codec } from "../../core/codec.ts";
import { Fault, type FaultCode } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { SseFrame } from "../../core/sse.ts";
import { retryAfterOf } from "../retry-after.ts";
import { readError } from "./error-body.ts";
import { PROTOCOL } from "./wire.ts";

/** Statuses of a request that nobody else will like better. */
const FINAL: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** A provider's error answer as a Fault that keeps its status. */
function decodeError(status: number, headers: HeaderView, body: unknown): Fault {
  const { message, upstream } = readError(body);
  const retryAfter = retryAfterOf(headers);
  return new Fault("upstream_error", message ?? `The provider answered with status ${status}.`, {
    status,
    ...(FINAL.has(status) ? { retryable: false } : {}),
    ...(upstream === undefined ? {} : { upstream }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** OpenAI's `type` of an error, and the `code` when the provider gave none. */
type Words = readonly [type: string, code: string | null];

const BY_CODE: Readonly<Record<Exclude<FaultCode, "upstream_error">, Words>> = {
  invalid_request: ["invalid_request_error", null],
  lossy_conversion: ["invalid_request_error", "lossy_conversion"],
  unauthenticated: ["authentication_error", "invalid_api_key"],
  permission_denied: ["permission_error", "permission_denied"],
  route_not_found: ["invalid_request_error", "route_not_found"],
  model_not_found: ["invalid_request_error", "model_not_found"],
  object_not_found: ["invalid_request_error", null],
  previous_response_not_found: ["invalid_request_error", "previous_response_not_found"],
  session_not_found: ["invalid_request_error", "session_not_found"],
  api_not_supported: ["invalid_request_error", "api_not_supported"],
  method_not_allowed: ["invalid_request_error", "method_not_allowed"],
  payload_too_large: ["invalid_request_error", "payload_too_large"],
  unsupported_media_type: ["invalid_request_error", "unsupported_media_type"],
  rate_limited: ["rate_limit_error", "rate_limit_exceeded"],
  client_closed: ["server_error", "client_closed"],
  plugin_failed: ["server_error", "plugin_failed"],
  internal: ["server_error", "internal_error"],
  upstream_unreachable: ["server_error", "upstream_unreachable"],
  upstream_garbage: ["server_error", "upstream_garbage"],
  upstream_cut: ["server_error", "upstream_cut"],
  no_upstream: ["server_error", "no_upstream"],
  no_credential: ["server_error", "no_credential"],
  draining: ["server_error", "draining"],
  connect_timeout: ["server_error", "connect_timeout"],
  first_byte_timeout: ["server_error", "first_byte_timeout"],
  idle_timeout: ["server_error", "idle_timeout"],
  total_timeout: ["server_error", "total_timeout"],
};

const BY_STATUS: ReadonlyMap<number, Words> = new Map<number, Words>([
  [401, ["authentication_error", "invalid_api_key"]],
  [402, ["insufficient_quota", "insufficient_quota"]],
  [403, ["permission_error", "permission_denied"]],
  [429, ["rate_limit_error", "rate_limit_exceeded"]],
]);

const QUOTA = "insufficient_quota";

function wordsOf({ code, status, upstream }: Fault): Words {
  if (code !== "upstream_error") return BY_CODE[code];
  if (upstream?.type === QUOTA || upstream?.code === QUOTA) return [QUOTA, QUOTA];
  const words = BY_STATUS.get(status);
  if (words !== undefined) return words;
  return status >= 500 ? ["server_error", "upstream_error"] : ["invalid_request_error", null];
}

/** OpenAI's error object; the request's id is told in its header only. */
function encodeError(fault: Fault): JsonObject {
  const { message, upstream } = fault;
  const param = fault.param ?? upstream?.param ?? null;
  // What was said in OpenAI's words already is said again.
  if (upstream?.protocol === PROTOCOL && upstream.type !== undefined) {
    return { error: { message, type: upstream.type, param, code: upstream.code ?? null } };
  }
  const [type, code] = wordsOf(fault);
  return { error: { message, type, param, code: upstream?.code ?? upstream?.type ?? code } };
}

/** The frame that ends a stream which failed; the terminator must not follow it. */
export function errorFrames(fault: Fault): SseFrame[] {
  return [{ data: JSON.stringify(encodeError(fault)) }];
}

/** Errors of Chat Completions. */
export const error: Codec["error"] = { decode: decodeError, encode: encodeError, frames: errorFrames };
