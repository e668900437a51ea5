import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import { isModern } from "#src/core/mcp/versions.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import type { HostedTool, ToolResult } from "#src/core/mcp/tool.ts";
import { checkParamHeaders, type ParamHeader, paramHeadersOf } from "../wire/param-headers.ts";
import { errorResult } from "./results.ts";
import { compileCheck, type SchemaCheck } from "./schema-check.ts";

/** Runs one tool: checks what comes in, and keeps what goes wrong inside from the client. */
export class Runner {
  readonly #tool: HostedTool;
  readonly #mirrored: readonly ParamHeader[];
  #check: SchemaCheck | undefined;

  constructor(tool: HostedTool) {
    const { name, inputSchema } = tool.definition;
    const mirrored = paramHeadersOf(inputSchema);
    if ("problem" in mirrored) throw new Error(`The tool '${name}' cannot be shown: ${mirrored.problem}.`);
    this.#tool = tool;
    this.#mirrored = mirrored;
  }

  run(args: JsonObject, call: McpCall): Promise<ToolResult> | ToolResult {
    if (this.#mirrored.length > 0 && call.argumentsChanged !== true && isModern(call.client.version))
      checkParamHeaders(this.#mirrored, args, call.headers);
    return this.#check === undefined ? this.#firstRun(args, call) : this.#checked(this.#check, args, call);
  }

  async #firstRun(args: JsonObject, call: McpCall): Promise<ToolResult> {
    this.#check = await compileCheck(this.#tool.definition.inputSchema);
    return this.#checked(this.#check, args, call);
  }

  #checked(check: SchemaCheck, given: JsonObject, call: McpCall): Promise<ToolResult> | ToolResult {
    const args = this.#tool.prepare?.(given) ?? given;
    const problem = check(args);
    // A result, not an error: the model can mend it (2025-11-25, SEP-1303).
    if (problem !== undefined) return errorResult(`The arguments do not fit: ${problem}.`);
    try {
      const result = this.#tool.call(args, call);
      return result instanceof Promise ? result.catch(broken) : result;
    } catch (thrown) {
      return broken(thrown);
    }
  }
}

function broken(thrown: unknown): never {
  if (thrown instanceof McpError) throw thrown;
  throw new McpError(ERROR_CODES.internalError, "The tool failed inside the gateway.", undefined, { cause: thrown });
}
