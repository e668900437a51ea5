import type { JsonObject } from "../json.ts";
import { ERROR_CODES, McpError } from "./messages.ts";
import type { McpCall } from "./server.ts";

/** A tool as `tools/list` shows it. */
export interface ToolDefinition extends JsonObject {
  name: string;
  /** JSON Schema 2020-12, of type object. */
  inputSchema: JsonObject;
}

/** A CallToolResult: `content`, `structuredContent`, `isError`, `_meta`. */
export interface ToolResult extends JsonObject {
  content: JsonObject[];
}

/** A tool that the gateway runs itself. */
export interface HostedTool {
  readonly definition: ToolDefinition;
  /** What is made of the arguments before they are checked: defaults, and numbers out of the texts that models write for them. */
  prepare?(args: JsonObject): JsonObject;
  /**
   * Runs it; `args` fit the input schema. What the model can mend is a result with `isError`; an McpError is for what it cannot. Anything
   * else that is thrown is shown as an inner failure without its words.
   */
  call(args: JsonObject, call: McpCall): Promise<ToolResult> | ToolResult;
}

/** What a call of a tool that is not there is answered, or of one that the caller may not know of. */
export function unknownTool(name: string): McpError {
  return new McpError(ERROR_CODES.invalidParams, `There is no tool '${name.slice(0, 128)}'.`);
}
