import type { UpstreamCodec } from "../../core/codec.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { mask } from "../mask.ts";
import { retryAfterOf } from "../retry-after.ts";

/** The status of each exception; in a stream there is no other. Format: AWS API Reference, InvokeModel and Converse, "Errors". */
const STATUSES: Readonly<Record<string, number>> = {
  ValidationException: 400,
  ServiceQuotaExceededException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ModelStreamErrorException: 424,
  ThrottlingException: 429,
  ModelNotReadyException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
};

/** Statuses that say the request itself is at fault, so that nobody else will like it better. */
const OF_REQUEST: ReadonlySet<number> = new Set([400, 404, 405, 409, 413, 415, 422]);
/** Exceptions with such a status that another account may well not have. */
const OF_ACCOUNT: ReadonlySet<string> = new Set([
  "ServiceQuotaExceededException",
  "ExpiredTokenException",
  "UnrecognizedClientException",
  "IncompleteSignatureException",
]);

/** An exception's name: without its namespace before `#` and the address behind `:`, and as the documentation capitalizes it. */
function nameOf(written: unknown): string | undefined {
  if (typeof written !== "string") return undefined;
  const name = written.split(":")[0]?.split("#").at(-1)?.trim() ?? "";
  return name === "" ? undefined : name[0]?.toUpperCase() + name.slice(1);
}

function messageOf(body: unknown): string | undefined {
  const told = isObject(body) ? (body["message"] ?? body["Message"] ?? body["errorMessage"]) : body;
  const text = typeof told === "string" ? told.trim() : "";
  return text === "" || text.startsWith("<") ? undefined : mask(text);
}

function faultOf(status: number, name: string | undefined, body: unknown, wait: number | undefined): Fault {
  const final = OF_REQUEST.has(status) && !OF_ACCOUNT.has(name ?? "");
  return new Fault("upstream_error", messageOf(body) ?? `The provider answered with status ${status}.`, {
    status,
    ...(final ? { retryable: false } : {}),
    ...(name === undefined ? {} : { upstream: { type: mask(name) } }),
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

/** The Fault of an exception in a stream: its status is the one it has outside of streams. */
export function decodeException(name: string, payload: JsonObject): Fault {
  const known = nameOf(name) ?? name;
  return faultOf((Object.hasOwn(STATUSES, known) ? STATUSES[known] : undefined) ?? 500, known, payload, undefined);
}

/** Errors in the shape of AWS' REST-JSON protocol: the exception's name in `x-amzn-errortype`, or in the body's `__type` or `code`. */
export const error: UpstreamCodec["error"] = {
  decode(status, headers, body) {
    const fields: JsonObject = isObject(body) ? body : {};
    const name = nameOf(headers.get("x-amzn-errortype")) ?? nameOf(fields["__type"]) ?? nameOf(fields["code"]);
    return faultOf(status, name, body, retryAfterOf(headers));
  },
};
