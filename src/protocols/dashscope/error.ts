import type { HeaderView } from "../../core/header-list.ts";
import type { UpstreamCodec } from "../../core/codec.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { mask } from "../mask.ts";
import { retryAfterOf } from "../retry-after.ts";

/** Statuses of a request that nobody else will like better. */
const FINAL: ReadonlySet<number> = new Set([400, 404, 413, 415, 422]);
/** Codes with such a status that are the account's fault. */
const OF_ACCOUNT: ReadonlySet<string> = new Set(["Arrearage"]);

/** The status of each kind of code, which in a stream stands in a comment. Source: help.aliyun.com/zh/model-studio/error-code */
const STATUSES: readonly (readonly [begin: string, status: number])[] = [
  ["InvalidApiKey", 401],
  ["AccessDenied", 403],
  ["Model.AccessDenied", 403],
  ["Workspace.AccessDenied", 403],
  ["AllocationQuota.", 403],
  ["ModelNotFound", 404],
  ["WorkSpaceNotFound", 404],
  ["RequestTimeOut", 408],
  ["Throttling", 429],
  ["LimitRequests", 429],
  ["Internal", 500],
  ["ServiceUnavailable", 503],
  ["ModelServing", 503],
  ["ModelUnavailable", 503],
  ["Invalid", 400],
  ["BadRequest", 400],
  ["DataInspection", 400],
  ["Arrearage", 400],
];

function decode(status: number, headers: HeaderView, body: unknown): Fault {
  const fields: JsonObject = isObject(body) ? body : {};
  const { code, message } = isObject(fields["error"]) ? fields["error"] : fields;
  const text = typeof message === "string" ? message : body;
  const wait = retryAfterOf(headers);
  const known = typeof code === "string" && code !== "" ? mask(code) : undefined;
  const final = FINAL.has(status) && !OF_ACCOUNT.has(known ?? "");
  return new Fault("upstream_error", told(text) ?? `The provider answered with status ${status}.`, {
    status,
    ...(final ? { retryable: false } : {}),
    ...(known === undefined ? {} : { upstream: { code: known } }),
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

function told(text: unknown): string | undefined {
  if (typeof text !== "string" || text.trim() === "" || text.trimStart().startsWith("<")) return undefined;
  return mask(text.trim());
}

/** The Fault of an error in the place of an answer or of an event. */
export function decodeErrorBody(body: JsonObject): Fault {
  const { code } = body;
  const status = typeof code === "string" ? STATUSES.find(([begin]) => code.startsWith(begin))?.[1] : undefined;
  return decode(status ?? 500, new Headers(), body);
}

/** Whether a body is an error's: it has a code, and no output. */
export function isError(body: JsonObject): boolean {
  return typeof body["code"] === "string" && body["code"] !== "" && !isObject(body["output"]);
}

/** Errors as DashScope tells them: `code` and `message` at the top. */
export const error: UpstreamCodec["error"] = { decode };
