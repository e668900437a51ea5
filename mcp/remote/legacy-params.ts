import { isObject, type JsonObject } from "#src/core/json.ts";
import { META, type McpRequest } from "#src/core/mcp/messages.ts";

const MODERN_META: ReadonlySet<string> = new Set(Object.values(META));

/** A request as the session era has it: without what 2026-07-28 says in each request. */
export function legacyRequest({ method, params }: McpRequest): McpRequest {
  const { _meta, inputResponses: _responses, requestState: _state, ...rest } = params;
  if (!isObject(_meta)) return { method, params: rest };
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(_meta)) if (!MODERN_META.has(key)) kept[key] = value;
  return { method, params: Object.keys(kept).length === 0 ? rest : { ...rest, _meta: kept } };
}
