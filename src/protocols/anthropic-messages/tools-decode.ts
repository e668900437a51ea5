import type { ChatRequest, ChatTool, FunctionTool, NativeTool, ToolChoice } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { optional, required } from "../fields.ts";
import { restOf } from "../rest.ts";
import { decodeCacheControl } from "./cache-control.ts";
import { PROTOCOL } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const TOOL: ReadonlySet<string> = new Set(["type", "name", "description", "input_schema", "strict"]);

/** Reads `tools` and `tool_choice`. */
export function decodeTools(request: Mutable<ChatRequest>, body: JsonObject): void {
  const tools = optional(body.tools, "list", "tools");
  if (tools !== undefined) request.tools = tools.map((tool, index) => decodeTool(tool, `tools.${index}`));
  const choice = optional(body.tool_choice, "object", "tool_choice");
  if (choice === undefined) return;
  request.toolChoice = decodeToolChoice(choice);
  const disabled = optional(choice.disable_parallel_tool_use, "boolean", "tool_choice.disable_parallel_tool_use");
  if (disabled !== undefined) request.parallelToolCalls = !disabled;
}

function decodeTool(value: Json, path: string): ChatTool {
  const wire = required(value, "object", path);
  const type = optional(wire.type, "string", `${path}.type`) ?? "custom";
  if (type !== "custom") return nativeTool(wire, type);
  const tool: Mutable<FunctionTool> = {
    type: "function",
    name: required(wire.name, "string", `${path}.name`),
    inputSchema: required(wire.input_schema, "object", `${path}.input_schema`),
  };
  const description = optional(wire.description, "string", `${path}.description`);
  if (description !== undefined) tool.description = description;
  const strict = optional(wire.strict, "boolean", `${path}.strict`);
  if (strict !== undefined) tool.strict = strict;
  const cacheControl = decodeCacheControl(wire.cache_control);
  if (cacheControl !== undefined) tool.cacheControl = cacheControl;
  const rest = restOf(PROTOCOL, wire, TOOL);
  if (cacheControl !== undefined) delete rest?.fields.cache_control;
  if (rest !== undefined && Object.keys(rest.fields).length > 0) tool.rest = rest;
  return tool;
}

/** A tool of Claude's own: one its servers run, or one its models were trained on. */
function nativeTool(value: JsonObject, type: string): NativeTool {
  return { type: "native", protocol: PROTOCOL, name: typeof value.name === "string" ? value.name : type, value };
}

function decodeToolChoice(choice: JsonObject): ToolChoice {
  switch (required(choice.type, "string", "tool_choice.type")) {
    case "auto":
      return { type: "auto" };
    case "any":
      return { type: "required" };
    case "none":
      return { type: "none" };
    case "tool":
      return { type: "tool", name: required(choice.name, "string", "tool_choice.name"), kind: "function" };
    default:
      return { type: "native", protocol: PROTOCOL, value: choice };
  }
}
