import type { Json, JsonObject } from "#src/core/json.ts";
import type { ToolDefinition, ToolResult } from "#src/core/mcp/tool.ts";
import type { Turn } from "./turn.ts";

/** A tool of the fixture server, written once for both eras. */
export interface FixtureTool {
  readonly definition: ToolDefinition & { readonly description: string };
  call(args: JsonObject, turn: Turn): Promise<ToolResult> | ToolResult;
}

/** A tool whose arguments are all required. */
export function tool(
  name: string,
  description: string,
  properties: Readonly<Record<string, JsonObject>>,
  call: FixtureTool["call"],
): FixtureTool {
  const required = Object.keys(properties);
  return {
    definition: {
      name,
      description,
      inputSchema: { type: "object", properties: { ...properties }, ...(required.length > 0 && { required }) },
    },
    call,
  };
}

export const STRING: JsonObject = { type: "string" };

/** A result of one text. */
export function said(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}

/** What a template literal would make of it. */
export function shown(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
