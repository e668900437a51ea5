/** What all of MiniMax' own formats have: a `base_resp` that tells of failures, which come with status 200. */
import { Fault } from "../../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** What some of its codes stand for. Format: https://platform.minimax.io/docs/api-reference/errorcode */
const STATUSES: ReadonlyMap<Json | undefined, number> = new Map([
  [1002, 429],
  [1004, 401],
  [1008, 402],
  [1026, 400],
  [1027, 400],
  [1039, 429],
  [1042, 400],
  [2013, 400],
  [2049, 401],
]);

/** Throws the Fault of an answer that says that it is none. */
export function checkMinimax({ base_resp: base }: JsonObject): void {
  const { status_code: code, status_msg: message } = isObject(base) ? base : {};
  if (typeof code !== "number" || code === 0) return;
  const said = typeof message === "string" && message !== "" ? message : "The provider refused the request.";
  throw new Fault("upstream_error", said, { status: STATUSES.get(code) ?? 502, upstream: { code: String(code) } });
}
