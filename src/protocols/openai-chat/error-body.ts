/** What providers write into error answers, and into streams that fail. */
import type { ErrorEvent } from "../../core/chat.ts";
import type { UpstreamError } from "../../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { mask } from "../mask.ts";
import { PROTOCOL } from "./wire.ts";

/** What could be read of an error; `message` is undefined when it holds nothing for a reader. */
export interface ReadError {
  readonly message: string | undefined;
  readonly upstream: UpstreamError | undefined;
  /** The HTTP status the body names. */
  readonly status: number | undefined;
}

/** Where the object that describes the error may be, the likeliest first. */
const HOLDERS: readonly ((body: JsonObject) => unknown)[] = [
  (body) => body.error,
  (body) => (Array.isArray(body.errors) ? body.errors[0] : undefined),
  (body) => (isObject(body.detail) ? body.detail : undefined),
  minimaxError,
];

/** MiniMax's `base_resp`, which every answer of its has; 0 is success. An answer with choices is none that failed. */
export function minimaxError({ base_resp: base, choices }: JsonObject): JsonObject | undefined {
  if (!isObject(base) || Array.isArray(choices)) return undefined;
  const { status_code: code, status_msg: message = "" } = base;
  return typeof code === "number" && code !== 0 ? { code, message } : undefined;
}

/** Where its message may be. */
const MESSAGES: readonly ((holder: JsonObject) => unknown)[] = [
  (holder) => holder.message,
  (holder) => holder.error,
  (holder) => holder.detail,
  (holder) => (Array.isArray(holder.detail) ? validation(holder.detail) : undefined),
  (holder) => holder.msg,
  (holder) => holder.error_description,
  (holder) => holder.title,
];

/** Reads an error body: parsed JSON of any vendor's shape, or text. */
export function readError(body: unknown): ReadError {
  if (Array.isArray(body)) return readError(body[0]);
  if (typeof body === "string") return { message: plainText(body), upstream: undefined, status: undefined };
  if (!isObject(body)) return { message: undefined, upstream: undefined, status: undefined };
  const inner = HOLDERS.map((find) => find(body)).find((found) => found !== undefined && found !== null);
  if (typeof inner === "string") return { ...describe(body), message: plainText(inner) };
  return describe(isObject(inner) ? inner : body);
}

function describe(holder: JsonObject): ReadError {
  let message: string | undefined;
  for (const find of MESSAGES) {
    const found = find(holder);
    if (typeof found === "string") message ??= plainText(found);
  }
  const code = reasonOf(holder.details) ?? word(holder.code);
  const type = word(holder.type) ?? word(holder.status);
  const param = typeof holder.param === "string" ? holder.param : undefined;
  const upstream: UpstreamError = {
    ...(typeof holder.type === "string" && holder.type !== "" ? { protocol: PROTOCOL } : {}),
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
  };
  const status = statusOf(holder.code) ?? statusOf(holder.status) ?? statusOf(holder.status_code);
  return { message, upstream: Object.keys(upstream).length === 0 ? undefined : upstream, status };
}

/** The reason in the details of Google's errors (google.rpc.ErrorInfo), which says more than its code does. */
function reasonOf(details: Json | undefined): string | undefined {
  const found = Array.isArray(details)
    ? details.find((one) => isObject(one) && typeof one.reason === "string")
    : undefined;
  return isObject(found) ? word(found.reason) : undefined;
}

function word(value: Json | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? mask(value) : undefined;
}

function statusOf(value: Json | undefined): number | undefined {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 400 && number < 600 ? number : undefined;
}

/** FastAPI's list of what is wrong with which field. */
function validation(list: readonly Json[]): string | undefined {
  const lines = list.flatMap((entry) => {
    if (!isObject(entry) || typeof entry.msg !== "string") return [];
    return [Array.isArray(entry.loc) ? `${entry.loc.map(word).join(".")}: ${entry.msg}` : entry.msg];
  });
  return lines.length === 0 ? undefined : lines.join("; ");
}

/** A message fit for a client: no page of HTML, nothing empty, credentials masked. */
function plainText(text: string): string | undefined {
  const trimmed = text.trim();
  return trimmed === "" || trimmed.startsWith("<") ? undefined : mask(trimmed);
}

/** An error that came in the middle of an answer. */
export function errorEvent({ message, upstream, status }: ReadError): ErrorEvent {
  return {
    type: "error",
    code: "upstream_error",
    message: message ?? "The provider's answer failed in the middle.",
    ...(status === undefined ? {} : { status }),
    ...(upstream === undefined ? {} : { upstream }),
  };
}
