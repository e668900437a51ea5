import { isObject, type JsonObject } from "#src/core/json.ts";
import type { McpCall, McpServer } from "#src/core/mcp/server.ts";
import type { McpGuard, McpPolicy } from "#src/core/mcp/policy.ts";
import { unknownTool } from "#src/core/mcp/tool.ts";
import { compilePatterns } from "#src/core/pattern.ts";
import { list } from "#src/core/settings/shapes.ts";
import { isSearch } from "../tool-set/search/search-request.ts";
import { around, calledTool } from "./around.ts";
import { namePattern } from "./name-pattern.ts";

/** Tells whether a tool of this name may be seen and called. */
type ToolFilter = (name: string) => boolean;

/** Higress' header: names of tools, with commas between. It comes from plugins and gateways before this one, or from the client itself. */
const HEADER = "x-envoy-allow-mcp-tools";

/**
 * The policy `allowTools`: only these tools are there. With it or without, a request may narrow its own view by the header
 * `x-envoy-allow-mcp-tools`: it is believed from anybody, since it can take tools away and never give one.
 */
export const allowTools: McpPolicy<readonly string[]> = {
  field: "allowTools",
  schema: list(
    namePattern,
    "The tools that are shown and may be called, by name or pattern; an empty list means none.",
  ),
  absent: ["*"],
  create: (_place, patterns) => filtering(compilePatterns(patterns)),
};

/** The policy `denyTools`: these tools are not there. */
export const denyTools: McpPolicy<readonly string[]> = {
  field: "denyTools",
  schema: list(namePattern, "Tools that are neither shown nor may be called, by name or pattern."),
  create(_place, patterns) {
    const denied = compilePatterns(patterns);
    return filtering((name) => !denied(name));
  },
};

function filtering(filter: ToolFilter): McpGuard {
  return { wrap: (server) => filteredServer(server, filter) };
}

/** A server of which only the tools that `filter` and the request's header let through are there. */
function filteredServer(server: McpServer, filter: ToolFilter): McpServer {
  return around(server, (request, call, next) => {
    const { method } = request;
    // What is searched went through here as a list.
    if ((method !== "tools/call" && method !== "tools/list") || isSearch(request)) return next(request, call);
    const asked = namesIn(call);
    const shown = (name: string): boolean => filter(name) && (asked === undefined || asked.has(name));
    const name = calledTool(request);
    if (name !== undefined && !shown(name)) throw unknownTool(name);
    if (method === "tools/call") return next(request, call);
    return filteredList(next(request, call), shown, asked !== undefined);
  });
}

/** What the header names: undefined when it is not there or empty; of blanks and commas alone, nothing, as Higress has it. */
function namesIn(call: McpCall): ReadonlySet<string> | undefined {
  const value = call.headers.get(HEADER);
  if (value === null || value === "") return undefined;
  return new Set(
    value
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );
}

async function filteredList(
  page: Promise<JsonObject> | JsonObject,
  shown: ToolFilter,
  narrowed: boolean,
): Promise<JsonObject> {
  return filteredPage(await page, shown, narrowed);
}

/** One page with what is left of its tools; the cursor goes on to the next one, even from a page that is empty now. */
function filteredPage(page: JsonObject, shown: ToolFilter, narrowed: boolean): JsonObject {
  const { tools } = page;
  if (!Array.isArray(tools)) return page;
  const left = tools.filter((tool) => isObject(tool) && typeof tool["name"] === "string" && shown(tool["name"]));
  // What one request's header left over is nobody else's list.
  return { ...page, tools: left, ...(narrowed ? { cacheScope: "private" } : {}) };
}
