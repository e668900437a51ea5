import type { UpstreamCodec } from "../../core/codec.ts";
import { Fault } from "../../core/fault.ts";
import { isObject } from "../../core/json.ts";
import { mask } from "../mask.ts";
import { retryAfterOf } from "../retry-after.ts";

/** Statuses of a request that nobody else will like better. */
const FINAL: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** What an error body says: `{message}` at Cohere, text elsewhere. A page of HTML says nothing. */
function messageOf(body: unknown): string | undefined {
  const told = isObject(body) ? (body["message"] ?? body["error"] ?? body["detail"]) : body;
  const text = typeof told === "string" ? told.trim() : "";
  return text === "" || text.startsWith("<") ? undefined : mask(text);
}

/** Errors of Cohere's, which have a status and a message but no code. Format: https://docs.cohere.com/reference/errors */
export const error: UpstreamCodec["error"] = {
  decode(status, headers, body) {
    const retryAfter = retryAfterOf(headers);
    return new Fault("upstream_error", messageOf(body) ?? `The provider answered with status ${status}.`, {
      status,
      ...(FINAL.has(status) ? { retryable: false } : {}),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  },
};
