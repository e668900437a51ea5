import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { ToolResult } from "#src/core/mcp/tool.ts";
import type { SearchSettings } from "../settings.ts";
import type { Finder } from "./finder.ts";

/** The tools that stand in the place of all others. */
export const SEARCH = "search_tools";
export const CALL = "call_tool";

const READ_ONLY = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };

/** Their definitions; `count` is how many there are to be found. */
export function standIns(count: number, { limit }: SearchSettings): readonly JsonObject[] {
  return [
    {
      name: SEARCH,
      title: "Search tools",
      description: `Finds tools by what they do, among ${count}. Answers up to ${limit} names with descriptions and input schemas; call one with ${CALL}.`,
      inputSchema: {
        type: "object",
        properties: { query: { type: "string", minLength: 1, description: "What the tool shall do, in a few words." } },
        required: ["query"],
      },
      outputSchema: {
        type: "object",
        properties: { tools: { type: "array", items: { type: "object" } } },
        required: ["tools"],
      },
      annotations: READ_ONLY,
    },
    {
      name: CALL,
      title: "Call a tool",
      description: `Calls a tool that ${SEARCH} has found.`,
      inputSchema: {
        type: "object",
        properties: {
          name: { type: "string", description: "The tool's name." },
          arguments: { type: "object", description: "Its arguments, as its input schema has them." },
        },
        required: ["name"],
      },
    },
  ];
}

/** Answers a call of `search_tools`. */
export async function search(
  args: JsonObject,
  tools: readonly JsonObject[],
  finder: Finder,
  { limit }: SearchSettings,
): Promise<ToolResult> {
  const { query } = args;
  if (typeof query !== "string" || query.trim() === "")
    return {
      content: [{ type: "text", text: "A search needs a 'query': what the tool shall do, in a few words." }],
      isError: true,
    };
  const found = (await finder.find(tools, query.slice(0, 1000), limit)).map(brief);
  const text = found.length === 0 ? "No tool fits; try other words." : JSON.stringify(found, undefined, 1);
  return { content: [{ type: "text", text }], structuredContent: { tools: [...found] } };
}

/** What a call of `call_tool` is a call of. Throws an McpError for one that names no tool. */
export function calledBy(args: JsonObject): { readonly name: string; readonly args: JsonObject } {
  const { name, arguments: given = {} } = args;
  if (typeof name === "string" && name !== SEARCH && name !== CALL && isObject(given)) return { name, args: given };
  throw new McpError(
    ERROR_CODES.invalidParams,
    `${CALL} needs the 'name' of a tool, and its 'arguments' as an object.`,
  );
}

/** What a model needs of a definition to call the tool. */
function brief({ name = "", description, inputSchema, annotations }: JsonObject): JsonObject {
  const parts: readonly (readonly [string, Json | undefined])[] = [
    ["name", name],
    ["description", description],
    ["inputSchema", inputSchema],
    ["annotations", annotations],
  ];
  return Object.fromEntries(parts.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
