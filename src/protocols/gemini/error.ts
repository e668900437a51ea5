import type { HeaderView } from "../../core/header-list.ts";
import type { Codec } from "../../core/codec.ts";
import { Fault, type FaultCode, type UpstreamError } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SseFrame } from "../../core/sse.ts";
import { mask } from "../mask.ts";
import { retryAfterOf } from "../retry-after.ts";
import { objects, PROTOCOL, textOf } from "./wire.ts";

/** Google's canonical codes by the HTTP status they are answered with (google.rpc.Code). */
const WORDS: ReadonlyMap<number, string> = new Map([
  [400, "INVALID_ARGUMENT"],
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [409, "ABORTED"],
  [429, "RESOURCE_EXHAUSTED"],
  [499, "CANCELLED"],
  [500, "INTERNAL"],
  [501, "UNIMPLEMENTED"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "DEADLINE_EXCEEDED"],
  [529, "UNAVAILABLE"],
]);

const KNOWN: ReadonlySet<string> = new Set([
  ...WORDS.values(),
  "FAILED_PRECONDITION",
  "OUT_OF_RANGE",
  "ALREADY_EXISTS",
  "UNKNOWN",
  "DATA_LOSS",
]);

/** Where the gateway's own word says more than the status. */
const BY_CODE: Readonly<Partial<Record<FaultCode, string>>> = {
  connect_timeout: "DEADLINE_EXCEEDED",
  first_byte_timeout: "DEADLINE_EXCEEDED",
  idle_timeout: "DEADLINE_EXCEEDED",
  total_timeout: "DEADLINE_EXCEEDED",
};

const TYPE = "type.googleapis.com/google.rpc.";
/** Statuses of a request that nobody else will like better. */
const FINAL: ReadonlySet<number> = new Set([400, 413, 415, 422]);
/** Reasons given with status 400 that are the credential's fault. */
const OF_CREDENTIAL: ReadonlySet<string> = new Set(["API_KEY_INVALID", "API_KEY_EXPIRED"]);

function errorOf(body: unknown): JsonObject {
  const one: unknown = Array.isArray(body) ? body[0] : body;
  if (!isObject(one)) return {};
  return isObject(one.error) ? one.error : one;
}

function detail(error: JsonObject, name: string): JsonObject | undefined {
  return objects(error.details).find((one) => one["@type"] === TYPE + name);
}

/** Seconds of `RetryInfo`, which protobuf writes as `"1.5s"`. */
function retryInfo(error: JsonObject): number | undefined {
  const match = /^(\d+(?:\.\d+)?)s$/.exec(textOf(detail(error, "RetryInfo")?.retryDelay) ?? "");
  return match === null ? undefined : Number(match[1]);
}

function upstreamOf(error: JsonObject): UpstreamError | undefined {
  const status = textOf(error.status) ?? textOf(error.type);
  const code = textOf(detail(error, "ErrorInfo")?.reason) ?? textOf(error.code);
  if (status === undefined && code === undefined) return undefined;
  return {
    ...(status !== undefined && KNOWN.has(status) ? { protocol: PROTOCOL } : {}),
    ...(status === undefined ? {} : { type: mask(status) }),
    ...(code === undefined ? {} : { code: mask(code) }),
  };
}

function messageOf(error: JsonObject, body: unknown): string | undefined {
  const told = [error.message, error.error, error.detail, body].find((one) => typeof one === "string");
  const text = typeof told === "string" ? told.trim() : "";
  return text === "" || text.startsWith("<") ? undefined : mask(text);
}

function decode(status: number, headers: HeaderView, body: unknown): Fault {
  const error = errorOf(body);
  const upstream = upstreamOf(error);
  const wait = retryAfterOf(headers) ?? retryInfo(error);
  const final = FINAL.has(status) && !OF_CREDENTIAL.has(upstream?.code ?? "");
  return new Fault("upstream_error", messageOf(error, body) ?? `The provider answered with status ${status}.`, {
    status,
    ...(final ? { retryable: false } : {}),
    ...(upstream === undefined ? {} : { upstream }),
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

/** The Fault of an error in the place of an answer or of a stream's event. */
export function decodeErrorBody(body: JsonObject): Fault {
  const { code } = errorOf(body);
  const status = typeof code === "number" && Number.isInteger(code) && code >= 400 && code < 600 ? code : 502;
  return decode(status, new Headers(), body);
}

function wordOf({ code, status, upstream }: Fault): string {
  if (upstream?.protocol === PROTOCOL && upstream.type !== undefined) return upstream.type;
  return BY_CODE[code] ?? WORDS.get(status) ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
}

function encode(fault: Fault, requestId?: string): JsonObject {
  const { status, message, retryAfter, param, upstream } = fault;
  const details: JsonObject[] = [];
  const reason = upstream?.code ?? (fault.code === "upstream_error" ? upstream?.type : fault.code.toUpperCase());
  if (reason !== undefined) details.push({ "@type": `${TYPE}ErrorInfo`, reason });
  if (param !== undefined) {
    details.push({ "@type": `${TYPE}BadRequest`, fieldViolations: [{ field: param, description: message }] });
  }
  if (retryAfter !== undefined) details.push({ "@type": `${TYPE}RetryInfo`, retryDelay: `${retryAfter}s` });
  if (requestId !== undefined) details.push({ "@type": `${TYPE}RequestInfo`, requestId });
  return { error: { code: status, message, status: wordOf(fault), details } };
}

/** The frame that ends a stream which failed. */
export function errorFrames(fault: Fault, requestId?: string): SseFrame[] {
  return [{ data: JSON.stringify(encode(fault, requestId)) }];
}

/** Errors in Google's shape (google.rpc.Status; cloud.google.com/apis/design/errors). */
export const error: Codec["error"] = { decode, encode, frames: errorFrames };
