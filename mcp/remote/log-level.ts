import { isObject, type Json } from "#src/core/json.ts";
import { META, type McpRequest } from "#src/core/mcp/messages.ts";

/** The levels of RFC 5424, the least important first. */
const LEVELS: readonly Json[] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/** How important a level is; undefined for what is none. */
export function rankOf(level: Json | undefined): number | undefined {
  const rank = level === undefined ? -1 : LEVELS.indexOf(level);
  return rank < 0 ? undefined : rank;
}

/** What a request wants to hear of its server's log (2026-07-28); undefined for nothing. */
export function logLevelOf({ params }: McpRequest): string | undefined {
  const meta = params["_meta"];
  const level = isObject(meta) ? meta[META.logLevel] : undefined;
  return typeof level === "string" && rankOf(level) !== undefined ? level : undefined;
}

/** Whether a message of `level` is for somebody who asked for `wanted`. */
export function isLoud(level: Json | undefined, wanted: string): boolean {
  return (rankOf(level) ?? LEVELS.length) >= (rankOf(wanted) ?? 0);
}
