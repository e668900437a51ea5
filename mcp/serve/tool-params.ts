import type { HeaderView } from "#src/core/header-list.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { checkParamHeaders, type ParamHeader, paramHeadersOf } from "../wire/param-headers.ts";

/** The most tools of one address whose mirrored arguments are remembered. */
const MAX_TOOLS = 10_000;

/** Which arguments clients mirror in headers: what the tools that were listed here say. What is behind may call them otherwise. */
export class ToolParams {
  readonly #tools = new Map<string, readonly ParamHeader[]>();
  /** Lists that do not change are read once. */
  readonly #read = new WeakSet<object>();

  /** Remembers the tools of a `tools/list` result. */
  learn({ tools }: JsonObject): void {
    if (!Array.isArray(tools) || this.#read.has(tools)) return;
    this.#read.add(tools);
    for (const tool of tools) this.#learn(tool);
  }

  /** Throws an McpError when a client's headers do not say what its arguments say. */
  check({ name, arguments: args }: JsonObject, headers: HeaderView): void {
    const mirrored = this.#tools.size > 0 && typeof name === "string" ? this.#tools.get(name) : undefined;
    if (mirrored !== undefined) checkParamHeaders(mirrored, isObject(args) ? args : {}, headers);
  }

  #learn(tool: Json): void {
    if (!isObject(tool) || typeof tool["name"] !== "string" || !isObject(tool["inputSchema"])) return;
    const mirrored = paramHeadersOf(tool["inputSchema"]);
    if ("problem" in mirrored || mirrored.length === 0) this.#tools.delete(tool["name"]);
    else if (this.#tools.size < MAX_TOOLS) this.#tools.set(tool["name"], mirrored);
  }
}
