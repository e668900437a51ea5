import type { JsonObject } from "#src/core/json.ts";

/** Finds the tools that fit a query, best first. */
export interface Finder {
  find(tools: readonly JsonObject[], query: string, limit: number): Promise<readonly JsonObject[]>;
}
