import type { Json, JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";

/** A list of tools, cut into pages. */
export interface Pages {
  /** The page a cursor names, the first one without. Throws an McpError for a cursor that is none of this list's. */
  page(cursor: Json | undefined): JsonObject;
}

/** Clients show no more at a time, and few follow a cursor. */
const PAGE_SIZE = 500;

/** `tools/list` results, made once: they are asked for far more often than tools change. */
export function pagesOf(tools: readonly JsonObject[]): Pages {
  const pages: JsonObject[] = [];
  for (let at = 0; at === 0 || at < tools.length; at += PAGE_SIZE) {
    const next = at + PAGE_SIZE;
    const page = { tools: tools.slice(at, next), ...HINTS };
    pages.push(next < tools.length ? { ...page, nextCursor: String(pages.length + 1) } : page);
  }
  return {
    page(cursor) {
      const page = cursor === undefined ? pages[0] : isCursor(cursor) ? pages[Number(cursor)] : undefined;
      if (page !== undefined) return page;
      throw new McpError(ERROR_CODES.invalidParams, "This cursor belongs to no list; ask again without one.");
    },
  };
}

function isCursor(cursor: Json): cursor is string {
  return typeof cursor === "string" && /^[1-9]\d{0,5}$/.test(cursor);
}

/** The same for everybody until the configuration changes; who listens is told then. */
const HINTS = { ttlMs: 60_000, cacheScope: "public" } as const;
