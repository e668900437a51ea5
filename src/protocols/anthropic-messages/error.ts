import type { HeaderView } from "../../core/header-list.ts";
import type { Codec } from "../../core/codec.ts";
import { Fault, type FaultCode } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SseFrame } from "../../core/sse.ts";
import { mask } from "../mask.ts";
import { retryAfterOf } from "../retry-after.ts";
import type { ErrorType } from "./wire.ts";

/** The status each of Claude's error types is answered with; an error event in a stream has no other. */
const STATUSES: Readonly<Record<ErrorType, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  memory_path_conflict_error: 409,
  memory_precondition_failed_error: 412,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

const BY_STATUS: ReadonlyMap<number, ErrorType> = new Map<number, ErrorType>([
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [408, "timeout_error"],
  [409, "conflict_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);

/** Where the gateway's own word says more than the status does. */
const BY_CODE: Readonly<Partial<Record<FaultCode, ErrorType>>> = {
  draining: "overloaded_error",
  no_credential: "overloaded_error",
  no_upstream: "api_error",
  connect_timeout: "timeout_error",
  first_byte_timeout: "timeout_error",
  idle_timeout: "timeout_error",
  total_timeout: "timeout_error",
};

/** Statuses that say the request itself is at fault, so that nobody else will like it better. */
const OF_REQUEST: ReadonlySet<number> = new Set([400, 404, 409, 412, 413, 422]);

function isErrorType(word: string | undefined): word is ErrorType {
  return word !== undefined && Object.hasOwn(STATUSES, word);
}

function typeOf(fault: Fault): ErrorType {
  const { status } = fault;
  const upstream = fault.upstream?.type;
  // OpenAI calls most of what is not 5xx an invalid request; the status says more.
  const vague = upstream === "invalid_request_error" && BY_STATUS.has(status);
  if (fault.code === "upstream_error" && isErrorType(upstream) && !vague) return upstream;
  return BY_CODE[fault.code] ?? BY_STATUS.get(status) ?? (status < 500 ? "invalid_request_error" : "api_error");
}

/** The Fault of a provider's error answer, in whatever shape it came. A page of HTML is not shown to the client. */
function decode(status: number, headers: HeaderView, body: unknown): Fault {
  const error = errorOf(body);
  const type = typeof error.type === "string" ? error.type : undefined;
  const code = isObject(error.details) ? error.details.error_code : error.code;
  const wait = retryAfterOf(headers);
  return new Fault("upstream_error", messageOf(error, body, status), {
    status,
    retryable: !OF_REQUEST.has(status),
    upstream: { ...(type === undefined ? {} : { type }), ...(typeof code === "string" ? { code } : {}) },
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

function errorOf(body: unknown): JsonObject {
  if (!isObject(body)) return {};
  return isObject(body.error) ? body.error : body;
}

const LONGEST_TEXT = 500;

function messageOf(error: JsonObject, body: unknown, status: number): string {
  const told = [error.message, error.detail, isObject(body) ? body.error : body];
  const text = told.find((value) => typeof value === "string" && value.trim() !== "") as string | undefined;
  const page = typeof body === "string" && (body.trimStart().startsWith("<") || body.length > LONGEST_TEXT);
  return text === undefined || page ? `The provider answered with status ${status}.` : mask(text.trim());
}

/** The Fault of an `error` event in a stream, or of an error in the place of an answer. */
export function decodeErrorEvent(event: JsonObject): Fault {
  const { type } = errorOf(event);
  const known = typeof type === "string" && isErrorType(type) ? STATUSES[type] : 502;
  return decode(known, new Headers(), event);
}

function encode(fault: Fault, requestId: string | null): JsonObject {
  return { type: "error", error: { type: typeOf(fault), message: fault.message }, request_id: requestId };
}

/** The frame that ends a stream. Within a stream the id of the request is not known; its response header has it. */
export function errorFrame(fault: Fault, requestId: string | null): SseFrame {
  return { event: "error", data: JSON.stringify(encode(fault, requestId)) };
}

/** Errors in Anthropic's shape (platform.claude.com/docs/en/api/errors). */
export const error: Codec["error"] = {
  decode,
  encode,
  frames: (fault, requestId) => [errorFrame(fault, requestId)],
};
