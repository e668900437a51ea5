/** Tools and the choice among them, in both directions. */
import type { ChatRequest, ChatTool, CustomTool, FunctionTool, Rest, ToolChoice } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { invalid, oneOf, optional, required } from "../fields.ts";
import { fitStrict } from "../json-schema/openai-strict.ts";
import type { Losses } from "../losses.ts";
import { restOf, writeRest } from "../rest.ts";
import { keptChoice } from "../tool-choice.ts";
import { PROTOCOL, textOf } from "./wire.ts";

const FUNCTION = new Set(["type", "name", "description", "parameters", "strict"]);
const CUSTOM = new Set(["type", "name", "description", "format"]);

/** The tools of a request, undefined when it names none. */
export function decodeTools(body: JsonObject): ChatTool[] | undefined {
  return optional(body.tools, "list", "tools")?.map((tool, index) => decodeTool(tool, `tools[${index}]`));
}

function decodeTool(tool: Json, path: string): ChatTool {
  const value = required(tool, "object", path);
  const type = required(value.type, "string", `${path}.type`);
  if (type === "function") return functionTool(value, path);
  if (type === "custom") return customTool(value, path);
  const name = textOf(value.name) ?? textOf(value.server_label) ?? type;
  return { type: "native", protocol: PROTOCOL, name, value };
}

function functionTool(value: JsonObject, path: string): FunctionTool {
  const description = optional(value.description, "string", `${path}.description`);
  const strict = optional(value.strict, "boolean", `${path}.strict`);
  const rest = restOf(PROTOCOL, value, FUNCTION) ?? (strict === undefined ? UNSAID_STRICT : undefined);
  return {
    type: "function",
    name: required(value.name, "string", `${path}.name`),
    // Without parameters the function takes none.
    inputSchema: optional(value.parameters, "object", `${path}.parameters`) ?? { type: "object", properties: {} },
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
    ...(rest === undefined ? {} : { rest }),
  };
}

/**
 * Unsaid, `strict` means here that the vendor makes the schema strict if it can, in all other protocols that it is not. So a tool from
 * elsewhere is written as not strict, and one read here is marked, with a null that is nobody's loss.
 */
const UNSAID_STRICT: Rest = { protocol: PROTOCOL, fields: { strict: null } };

function customTool(value: JsonObject, path: string): CustomTool {
  const description = optional(value.description, "string", `${path}.description`);
  const format = optional(value.format, "object", `${path}.format`);
  const rest = restOf(PROTOCOL, value, CUSTOM);
  return {
    type: "custom",
    name: required(value.name, "string", `${path}.name`),
    ...(description === undefined ? {} : { description }),
    ...(format === undefined ? {} : { format: nestedFormat(format) }),
    ...(rest === undefined ? {} : { rest }),
  };
}

/** Chat Completions has a grammar's fields one object deeper, and the canonical form with it. */
function nestedFormat(format: JsonObject): JsonObject {
  if (format.type !== "grammar" || isObject(format.grammar)) return format;
  const { type, ...grammar } = format;
  return { type, grammar };
}

function flatFormat(format: JsonObject): JsonObject {
  const { grammar, ...outer } = format;
  return isObject(grammar) ? { ...outer, ...grammar } : format;
}

const PLAIN: ReadonlySet<"none" | "auto" | "required"> = new Set(["none", "auto", "required"] as const);
const MODES: ReadonlySet<"auto" | "required"> = new Set(["auto", "required"] as const);

/** Which tool must be called, undefined when nothing is said. */
export function decodeToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body.tool_choice ?? undefined;
  if (choice === undefined) return undefined;
  if (typeof choice === "string") return { type: oneOf(choice, PLAIN, "tool_choice") };
  if (!isObject(choice)) throw invalid("tool_choice", "none, auto, required or a named tool");
  const type = required(choice.type, "string", "tool_choice.type");
  if (type === "allowed_tools") return allowedOf(choice);
  if (type !== "function" && type !== "custom") return { type: "native", protocol: PROTOCOL, value: choice };
  return { type: "tool", name: required(choice.name, "string", "tool_choice.name"), kind: type };
}

/** Only some of the tools; a list with others than functions in it is left as it is. */
function allowedOf(value: JsonObject): ToolChoice {
  const mode = oneOf(value.mode, MODES, "tool_choice.mode");
  const tools = required(value.tools, "list", "tool_choice.tools");
  const names = tools.map((tool) => (isObject(tool) && tool.type === "function" ? tool.name : undefined));
  return names.every((name) => typeof name === "string")
    ? { type: "allowed", mode, names }
    : { type: "native", protocol: PROTOCOL, value };
}

/** Writes tools and the choice. Without tools the choice is left out: it would change nothing, or be refused. */
export function encodeTools(wire: JsonObject, request: ChatRequest, losses: Losses): void {
  const tools = (request.tools ?? []).flatMap((tool, index) => encodeTool(tool, `tools[${index}]`, losses));
  const kept = keptChoice(request, PROTOCOL, losses);
  if (tools.length === 0) return;
  wire.tools = tools;
  if (request.parallelToolCalls !== undefined) wire.parallel_tool_calls = request.parallelToolCalls;
  if (kept !== undefined) wire.tool_choice = encodeToolChoice(kept, request);
}

function encodeTool(tool: ChatTool, path: string, losses: Losses): JsonObject[] {
  if (tool.type === "native") {
    if (tool.protocol === PROTOCOL) return [tool.value];
    losses.dropped(path, "a tool only its own vendor runs");
    return [];
  }
  const wire: JsonObject = { type: tool.type, name: tool.name };
  if (tool.description !== undefined) wire.description = tool.description;
  if (tool.type === "custom") {
    if (tool.format !== undefined) wire.format = flatFormat(tool.format);
  } else {
    const { schema, strict } = fitStrict({ schema: tool.inputSchema, strict: tool.strict }, path, losses);
    wire.parameters = schema;
    if (strict !== undefined) wire.strict = strict;
    else if (tool.rest?.protocol !== PROTOCOL) wire.strict = false;
    if (tool.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  }
  writeRest(wire, tool.rest, path, losses);
  return [wire];
}

function encodeToolChoice(choice: ToolChoice, request: ChatRequest): Json {
  switch (choice.type) {
    case "auto":
    case "none":
    case "required":
      return choice.type;
    case "tool":
      return { type: choice.kind ?? kindOf(choice.name, request), name: choice.name };
    case "allowed":
      return {
        type: "allowed_tools",
        mode: choice.mode,
        tools: choice.names.map((name) => ({ type: "function", name })),
      };
    case "native":
      return choice.value;
  }
}

function kindOf(name: string, request: ChatRequest): "function" | "custom" {
  return request.tools?.some((tool) => tool.type === "custom" && tool.name === name) === true ? "custom" : "function";
}
