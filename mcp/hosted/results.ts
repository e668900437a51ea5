import type { ToolResult } from "#src/core/mcp/tool.ts";

/** A result of one text. */
export function textResult(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}

/** A result that tells the model what went wrong and what to do about it. */
export function errorResult(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
