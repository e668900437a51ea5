import type { JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";

/**
 * A call of `search_tools` on its way through a set's policies. What is searched is what they have let be seen, so that none of them needs to
 * look at what was found. No client can send one: messages have no such field when they have been read.
 */
export interface SearchRequest extends McpRequest {
  readonly among: readonly JsonObject[];
}

export function isSearch(request: McpRequest): request is SearchRequest {
  return "among" in request;
}
