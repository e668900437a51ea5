import type { ChatRequest, ChatTool, ToolCallPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { PROTOCOL } from "./wire.ts";

/** What a custom tool is told as: a function with one text. */
const FREE_TEXT: JsonObject = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };

/** Writes the tools and the choice among them. A tool is chosen by offering no other. */
export function encodeTools(body: JsonObject, request: ChatRequest, losses: Losses): void {
  const { tools = [], toolChoice: choice, parallelToolCalls } = request;
  if (parallelToolCalls === false && tools.length > 0) losses.dropped("parallel_tool_calls");
  const offered = tools.flatMap((tool, index) => {
    if (choice?.type === "tool" && choice.name !== tool.name) return [];
    if (choice?.type === "allowed" && !choice.names.includes(tool.name)) return [];
    return encodeTool(tool, `tools[${index}]`, losses);
  });
  if (offered.length > 0) {
    body["tools"] = offered;
    encodeStrict(body, tools, losses);
  }
  if (choice !== undefined) encodeChoice(body, choice, offered.length > 0, losses);
}

function encodeTool(tool: ChatTool, path: string, losses: Losses): JsonObject[] {
  if (tool.type === "native") {
    if (tool.protocol === PROTOCOL) return [tool.value];
    losses.dropped(path, "a tool of another vendor's own");
    return [];
  }
  const { name, description } = tool;
  if (tool.type === "custom") {
    losses.approximated(path, "a custom tool is sent as a function with one text");
    if (tool.format !== undefined && tool.format["type"] !== "text") losses.dropped(`${path}.format`);
  } else if (tool.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  const parameters = tool.type === "custom" ? FREE_TEXT : tool.inputSchema;
  const own = losses.rest(tool.rest, path) ?? {};
  const definition: JsonObject = { name, parameters };
  if (description !== undefined && description !== "") definition["description"] = description;
  return [{ ...own, type: "function", function: definition }];
}

/** Cohere's strictness is of all tools or none. */
function encodeStrict(body: JsonObject, tools: readonly ChatTool[], losses: Losses): void {
  const strict = tools.filter((tool) => tool.type === "function" && tool.strict === true);
  if (strict.length === 0) return;
  if (strict.length === tools.length) body["strict_tools"] = true;
  else losses.dropped("tools.strict", "it is of all tools or none");
}

function encodeChoice(
  body: JsonObject,
  choice: NonNullable<ChatRequest["toolChoice"]>,
  offered: boolean,
  losses: Losses,
): void {
  if (choice.type === "native") {
    losses.dropped("tool_choice");
    return;
  }
  if (choice.type === "tool" || choice.type === "allowed") {
    losses.approximated("tool_choice", "only the chosen tools are sent");
  }
  if (!offered) return;
  if (choice.type === "none") body["tool_choice"] = "NONE";
  else if (
    choice.type === "required" ||
    choice.type === "tool" ||
    (choice.type === "allowed" && choice.mode === "required")
  )
    body["tool_choice"] = "REQUIRED";
}

/** A call's arguments, which are JSON text. */
export function encodeInput({ kind, input }: ToolCallPart, path: string, losses: Losses): string {
  if (kind !== "custom") return input.trim() === "" ? "{}" : input;
  losses.approximated(`${path}.tool_call`, "a custom tool's call is sent as a function's");
  return JSON.stringify({ input });
}
