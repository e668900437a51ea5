import type { HeaderList, HeaderView } from "#src/core/header-list.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Log } from "#src/core/log.ts";
import { mirroredText, type ParamHeader, paramHeadersOf } from "#mcp/wire/param-headers.ts";
import { encodeHeaderValue } from "#mcp/wire/header-value.ts";

/** The most tools of one server whose headers are remembered; of others the client's own are handed on. */
const MAX_TOOLS = 10_000;

const NONE: readonly ParamHeader[] = [];

/** Which arguments of a server's tools are mirrored in headers, learned from each `tools/list` that comes by. */
export class ToolHeaders {
  readonly #tools = new Map<string, readonly ParamHeader[]>();
  readonly #server: string;
  readonly #log: Log;

  constructor(server: string, log: Log) {
    this.#server = server;
    this.#log = log;
  }

  knows(tool: string): boolean {
    return this.#tools.has(tool);
  }

  /** Remembers the tools of a `tools/list` result; those that are wrong are left out of what it answers. */
  learn(result: JsonObject): JsonObject {
    const { tools } = result;
    if (!Array.isArray(tools)) return result;
    const good = tools.filter((tool) => this.#learned(tool));
    return good.length === tools.length ? result : { ...result, tools: good };
  }

  /** Adds the headers of a call; `client` are those of the client, which are handed on for a tool nobody knows. */
  add(headers: HeaderList, { name, arguments: args }: JsonObject, client: HeaderView): void {
    const known = typeof name === "string" ? this.#tools.get(name) : undefined;
    if (known === undefined) {
      client.forEach((value, header) => {
        if (header.startsWith("mcp-param-")) headers.set(header, value);
      });
      return;
    }
    for (const { header, path } of known) {
      const text = isObject(args) ? mirroredText(args, path) : undefined;
      if (text !== undefined) headers.set(header, encodeHeaderValue(text));
    }
  }

  #learned(tool: Json): boolean {
    if (!isObject(tool) || typeof tool["name"] !== "string" || !isObject(tool["inputSchema"])) return true;
    const { name, inputSchema } = tool;
    const found = paramHeadersOf(inputSchema);
    if ("problem" in found) {
      this.#log.warn("A tool of an upstream MCP server is not shown.", {
        server: this.#server,
        tool: name,
        reason: found.problem,
      });
      return false;
    }
    if (this.#tools.size < MAX_TOOLS || this.#tools.has(name)) this.#tools.set(name, found.length === 0 ? NONE : found);
    return true;
  }
}
