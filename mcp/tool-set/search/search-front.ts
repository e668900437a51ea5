import { isObject, type JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer } from "#src/core/mcp/server.ts";
import { ServerAround } from "../../serve/server-around.ts";
import { argumentsOf } from "../arguments.ts";
import { ChangedArguments } from "../member-call.ts";
import type { SearchSettings } from "../settings.ts";
import type { SearchRequest } from "./search-request.ts";
import { CALL, calledBy, SEARCH, standIns } from "./search-tools.ts";

/**
 * What stands in front of a set whose tools are searched for, and of the set's policies: those are asked about the tools themselves, never
 * about `call_tool`.
 */
export class SearchFront extends ServerAround {
  readonly #seen: McpServer;
  readonly #settings: SearchSettings;

  constructor(seen: McpServer, settings: SearchSettings) {
    super();
    this.#seen = seen;
    this.#settings = settings;
  }

  protected inner(): McpServer {
    return this.#seen;
  }

  override handle(request: McpRequest, call: McpCall): Promise<JsonObject> | JsonObject {
    const { method, params } = request;
    if (method === "tools/list") return this.#list(request, call);
    if (method !== "tools/call") return this.#seen.handle(request, call);
    if (params["name"] === SEARCH) return this.#search(request, call);
    if (params["name"] !== CALL) return this.#seen.handle(request, call);
    const { name, args } = calledBy(argumentsOf(params));
    return this.#seen.handle({ method, params: { ...params, name, arguments: args } }, new ChangedArguments(call));
  }

  close(): Promise<void> {
    return this.#seen.close();
  }

  /** The tools themselves, or those by which they are found. */
  async #list(request: McpRequest, call: McpCall): Promise<JsonObject> {
    const result = await this.#seen.handle(request, call);
    const tools = toolsIn(result);
    if (tools.length <= this.#settings.above) return result;
    const pinned = new Set<unknown>(this.#settings.pinned);
    const listed = tools.filter(({ name }) => pinned.has(name));
    return { ...result, tools: [...standIns(tools.length, this.#settings), ...listed] };
  }

  async #search({ method, params }: McpRequest, call: McpCall): Promise<JsonObject> {
    // A set lists all its tools on one page.
    const among = toolsIn(await this.#seen.handle({ method: "tools/list", params: {} }, call));
    const request: SearchRequest = { method, params, among };
    return this.#seen.handle(request, call);
  }
}

function toolsIn({ tools }: JsonObject): readonly JsonObject[] {
  return Array.isArray(tools) ? tools.filter(isObject) : [];
}
