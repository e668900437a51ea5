import type { DirectResponse } from "#config/model/http-route.ts";
import type { JsonObject } from "#src/core/json.ts";
import { headerOption } from "./header-changes.ts";
import { Refusal } from "./refusal.ts";

/** The largest body that a route configuration may hold. */
export const MAX_BODY: number = 64 * 1024;

/** The fields of a route that answers itself. */
export function responseFields({ status, headers, body = "" }: DirectResponse): JsonObject | Refusal {
  if (Buffer.byteLength(body) > MAX_BODY) return new Refusal(`its answer is longer than ${MAX_BODY} bytes`);
  const bodiless = body === "" || [204, 205, 304].includes(status);
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  const all = { ...(bodiless || typed ? {} : { "content-type": "text/plain;charset=utf-8" }), ...headers };
  const options = Object.entries(all).map(([name, value]) => headerOption(name, value, "OVERWRITE_IF_EXISTS_OR_ADD"));
  return {
    direct_response: { status, ...(bodiless ? {} : { body: { inline_string: body } }) },
    ...(options.length === 0 ? {} : { response_headers_to_add: options }),
  };
}
