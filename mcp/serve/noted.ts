import type { Exchange } from "#src/core/exchange.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** The requests whose `name` is told, with where. */
const NAMED: Readonly<Record<string, "tool" | "prompt">> = { "tools/call": "tool", "prompts/get": "prompt" };

/** Tells the access log and the metrics what a message asks for. */
export function noteMessage({ record: { mcp } }: Exchange, value: Json): void {
  if (mcp === undefined || !isObject(value)) return;
  const { method, params } = value;
  if (typeof method !== "string") return;
  mcp.method = method;
  const named = Object.hasOwn(NAMED, method) ? NAMED[method] : undefined;
  const name = isObject(params) ? params["name"] : undefined;
  if (named !== undefined && typeof name === "string") mcp[named] = name;
}

/** Tells them the protocol's revision. */
export function noteVersion({ record: { mcp } }: Exchange, version: string): void {
  if (mcp !== undefined) mcp.version = version;
}

/** Tells them of a result that is a tool's own failure. */
export function noteResult({ record: { mcp } }: Exchange, result: JsonObject): void {
  if (mcp !== undefined && result["isError"] === true) mcp.toolError = true;
}
