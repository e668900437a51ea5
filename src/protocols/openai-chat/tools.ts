/** Tools and the choice among them, in both directions; OpenAI's older `functions` and `function_call` are read as well. */
import type { ChatRequest, ChatTool, FunctionTool, ToolChoice } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Dialect } from "../../core/protocol.ts";
import { invalid, oneOf, optional, required } from "../fields.ts";
import { fitStrict } from "../json-schema/openai-strict.ts";
import type { Losses } from "../losses.ts";
import { restOf, writeRest } from "../rest.ts";
import { keptChoice } from "../tool-choice.ts";
import { decodeCacheControl, encodeCacheControl } from "./content.ts";
import { PROTOCOL } from "./wire.ts";

const FUNCTION_FIELDS = new Set(["name", "description", "parameters", "strict"]);
const FUNCTION_TOOL = new Set(["type", "function", "cache_control"]);
const CUSTOM_TOOL = new Set(["type", "custom"]);
const NESTED = { function: FUNCTION_FIELDS, custom: new Set(["name", "description", "format"]) };

/** The tools of a request, undefined when it names none. */
export function decodeTools(body: JsonObject): ChatTool[] | undefined {
  const tools = optional(body.tools, "list", "tools");
  const functions = optional(body.functions, "list", "functions");
  if (tools === undefined && functions === undefined) return undefined;
  return [
    ...(tools ?? []).map((tool, index) => decodeTool(tool, `tools[${index}]`)),
    ...(functions ?? []).map((tool, index) => decodeFunction(required(tool, "object", `functions[${index}]`), index)),
  ];
}

function decodeTool(tool: Json, path: string): ChatTool {
  const value = required(tool, "object", path);
  const type = required(value.type, "string", `${path}.type`);
  if (type === "function") return functionTool(value, path);
  if (type === "custom") return customTool(value, path);
  return { type: "native", protocol: PROTOCOL, name: typeof value.name === "string" ? value.name : type, value };
}

function functionTool(value: JsonObject, path: string): ChatTool {
  const definition = required(value.function, "object", `${path}.function`);
  const cacheControl = decodeCacheControl(value.cache_control);
  const rest = restOf(PROTOCOL, value, FUNCTION_TOOL, NESTED);
  return {
    ...definitionOf(definition, `${path}.function`),
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(rest === undefined ? {} : { rest }),
  };
}

function decodeFunction(definition: JsonObject, index: number): ChatTool {
  const fields = restOf(PROTOCOL, definition, FUNCTION_FIELDS)?.fields;
  return {
    ...definitionOf(definition, `functions[${index}]`),
    ...(fields === undefined ? {} : { rest: { protocol: PROTOCOL, fields: { function: fields } } }),
  };
}

function definitionOf(definition: JsonObject, path: string): Extract<ChatTool, { type: "function" }> {
  const description = optional(definition.description, "string", `${path}.description`);
  const strict = optional(definition.strict, "boolean", `${path}.strict`);
  return {
    type: "function",
    name: required(definition.name, "string", `${path}.name`),
    // OpenAI: a function without parameters takes none.
    inputSchema: optional(definition.parameters, "object", `${path}.parameters`) ?? { type: "object", properties: {} },
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
}

function customTool(value: JsonObject, path: string): ChatTool {
  const custom = required(value.custom, "object", `${path}.custom`);
  const description = optional(custom.description, "string", `${path}.custom.description`);
  const format = optional(custom.format, "object", `${path}.custom.format`);
  const rest = restOf(PROTOCOL, value, CUSTOM_TOOL, NESTED);
  return {
    type: "custom",
    name: required(custom.name, "string", `${path}.custom.name`),
    ...(description === undefined ? {} : { description }),
    ...(format === undefined ? {} : { format }),
    ...(rest === undefined ? {} : { rest }),
  };
}

/** Words for the plain choices; `any` is Mistral's. */
const CHOICES: Readonly<Record<string, ToolChoice>> = {
  none: { type: "none" },
  auto: { type: "auto" },
  required: { type: "required" },
  any: { type: "required" },
};

/** Which tool must be called, undefined when nothing is said. */
export function decodeToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body.tool_choice ?? undefined;
  if (choice !== undefined) return choiceOf(choice, "tool_choice");
  const legacy = body.function_call ?? undefined;
  if (legacy === undefined || typeof legacy === "string") {
    return legacy === undefined ? undefined : choiceOf(legacy, "function_call");
  }
  const { name } = required(legacy, "object", "function_call");
  return { type: "tool", name: required(name, "string", "function_call.name"), kind: "function" };
}

function choiceOf(choice: Json, path: string): ToolChoice {
  if (typeof choice === "string") {
    const known = Object.hasOwn(CHOICES, choice) ? CHOICES[choice] : undefined;
    if (known === undefined) throw invalid(path, "none, auto, required or a named tool");
    return known;
  }
  const value = required(choice, "object", path);
  const type = required(value.type, "string", `${path}.type`);
  if (type === "allowed_tools") return allowedOf(value, path);
  if (type !== "function" && type !== "custom") return { type: "native", protocol: PROTOCOL, value };
  const named = required(value[type], "object", `${path}.${type}`);
  return { type: "tool", name: required(named.name, "string", `${path}.${type}.name`), kind: type };
}

/** Only some of the tools; a list with others than functions in it is left as it is. */
function allowedOf(value: JsonObject, path: string): ToolChoice {
  const at = `${path}.allowed_tools`;
  const allowed = required(value.allowed_tools, "object", at);
  const mode = oneOf(allowed.mode, MODES, `${at}.mode`);
  const tools = required(allowed.tools, "list", `${at}.tools`);
  const names = tools.map((tool) => (isObject(tool) && isObject(tool.function) ? tool.function.name : undefined));
  return names.every((name) => typeof name === "string")
    ? { type: "allowed", mode, names }
    : { type: "native", protocol: PROTOCOL, value };
}

const MODES: ReadonlySet<"auto" | "required"> = new Set(["auto", "required"] as const);

/** Writes tools and the choice. Without tools the choice is left out: OpenAI refuses it, and it would change nothing. */
export function encodeTools(wire: JsonObject, request: ChatRequest, dialect: Dialect, losses: Losses): void {
  const tools = (request.tools ?? []).flatMap((tool, index) => encodeTool(tool, index, dialect, losses));
  const kept = keptChoice(request, PROTOCOL, losses);
  if (tools.length === 0) return;
  wire.tools = tools;
  if (request.parallelToolCalls !== undefined) wire.parallel_tool_calls = request.parallelToolCalls;
  if (kept !== undefined) wire.tool_choice = encodeToolChoice(kept, request);
}

function parametersOf({ inputSchema, strict }: FunctionTool, path: string, losses: Losses): JsonObject {
  const { schema: parameters, ...fitted } = fitStrict({ schema: inputSchema, strict }, path, losses);
  return { parameters, ...fitted };
}

function encodeTool(tool: ChatTool, index: number, dialect: Dialect, losses: Losses): JsonObject[] {
  const path = `tools[${index}]`;
  if (tool.type === "native") {
    if (tool.protocol === PROTOCOL) return [tool.value];
    losses.dropped(path, "a tool only its own vendor runs");
    return [];
  }
  const { name, description } = tool;
  const shared: JsonObject = description === undefined ? { name } : { name, description };
  const wire: JsonObject =
    tool.type === "custom"
      ? { type: "custom", custom: tool.format === undefined ? shared : { ...shared, format: tool.format } }
      : { type: "function", function: { ...shared, ...parametersOf(tool, path, losses) } };
  if (tool.type === "function") {
    if (tool.cacheControl !== undefined) {
      if (dialect.cacheControl === true) wire.cache_control = encodeCacheControl(tool.cacheControl);
      else losses.dropped(`${path}.cache_control`);
    }
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
    case "tool": {
      const { name } = choice;
      const kind = choice.kind ?? kindOf(name, request);
      return kind === "custom" ? { type: "custom", custom: { name } } : { type: "function", function: { name } };
    }
    case "allowed": {
      const tools = choice.names.map((name) => ({ type: "function", function: { name } }));
      return { type: "allowed_tools", allowed_tools: { mode: choice.mode, tools } };
    }
    case "native":
      return choice.value;
  }
}

function kindOf(name: string, request: ChatRequest): "function" | "custom" {
  return request.tools?.some((tool) => tool.type === "custom" && tool.name === name) === true ? "custom" : "function";
}
