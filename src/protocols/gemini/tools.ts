/** `tools` and `toolConfig`, in both directions. */
import type { ChatRequest, ChatTool, FunctionTool, ToolChoice } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { optional, required } from "../fields.ts";
import { fromOpenApi } from "../json-schema/open-api.ts";
import type { Losses } from "../losses.ts";
import { restOf, writeRest } from "../rest.ts";
import { keptChoice } from "../tool-choice.ts";
import { writeSchema } from "./schema-encode.ts";
import { camel, PROTOCOL } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const DECLARATION: ReadonlySet<string> = new Set(["name", "description", "parameters", "parametersJsonSchema"]);
const CONFIG: ReadonlySet<string> = new Set(["functionCallingConfig"]);
const NOTHING: ReadonlySet<string> = new Set();
const MODE: ReadonlySet<string> = new Set(["mode"]);
const NAMED: ReadonlySet<string> = new Set(["mode", "allowedFunctionNames"]);

/** Reads the tools; what of `toolConfig` has no place goes to `fields`. */
export function decodeTools(request: Mutable<ChatRequest>, body: JsonObject, fields: JsonObject): void {
  const tools = optional(body.tools, "list", "tools");
  if (tools !== undefined) request.tools = tools.flatMap((tool, index) => decodeEntry(tool, `tools[${index}]`));
  const config = optional(body.toolConfig, "object", "toolConfig");
  if (config === undefined) return;
  const wire = camel(config);
  const rest = restOf(PROTOCOL, wire, CONFIG);
  if (rest !== undefined) fields.toolConfig = rest.fields;
  const path = "toolConfig.functionCallingConfig";
  const calling = optional(wire.functionCallingConfig, "object", path);
  if (calling === undefined) return;
  const choice = decodeChoice(camel(calling), path);
  if (choice !== undefined) request.toolChoice = choice;
  const left = restOf(PROTOCOL, camel(calling), readOf(choice));
  if (left !== undefined) fields.toolConfig = { ...rest?.fields, functionCallingConfig: left.fields };
}

/** The fields of `functionCallingConfig` that a choice was read from. */
function readOf(choice: ToolChoice | undefined): ReadonlySet<string> {
  if (choice === undefined) return NOTHING;
  if (choice.type === "auto" || choice.type === "none") return MODE;
  return choice.type === "native" ? new Set(Object.keys(choice.value.functionCallingConfig ?? {})) : NAMED;
}

/** An entry of the list: functions, and tools of Google's own under their names. */
function decodeEntry(value: Json, path: string): ChatTool[] {
  const entry = camel(required(value, "object", path));
  return Object.keys(entry).flatMap((key): ChatTool[] => {
    const held = entry[key] as Json;
    if (key !== "functionDeclarations") {
      return [{ type: "native", protocol: PROTOCOL, name: key, value: { [key]: held } }];
    }
    const list = optional(held, "list", `${path}.${key}`) ?? [];
    return list.map((one, index) => decodeFunction(one, `${path}.${key}[${index}]`));
  });
}

function decodeFunction(value: Json, path: string): FunctionTool {
  const wire = camel(required(value, "object", path));
  const name = required(wire.name, "string", `${path}.name`);
  const description = optional(wire.description, "string", `${path}.description`);
  const exact = optional(wire.parametersJsonSchema, "object", `${path}.parametersJsonSchema`);
  const schema = optional(wire.parameters, "object", `${path}.parameters`);
  const rest = restOf(PROTOCOL, wire, DECLARATION);
  return {
    type: "function",
    name,
    ...(description === undefined ? {} : { description }),
    inputSchema: exact ?? (schema === undefined ? { type: "object", properties: {} } : fromOpenApi(schema)),
    ...(rest === undefined ? {} : { rest }),
  };
}

function decodeChoice(config: JsonObject, path: string): ToolChoice | undefined {
  const mode = optional(config.mode, "string", `${path}.mode`)?.toUpperCase();
  const names = (optional(config.allowedFunctionNames, "list", `${path}.allowedFunctionNames`) ?? []).map(
    (name, index) => required(name, "string", `${path}.allowedFunctionNames[${index}]`),
  );
  const [only] = names;
  if (mode === "NONE") return { type: "none" };
  if (mode === "ANY") {
    if (only === undefined) return { type: "required" };
    return names.length === 1
      ? { type: "tool", name: only, kind: "function" }
      : { type: "allowed", mode: "required", names };
  }
  if (mode === "VALIDATED") {
    if (only !== undefined) return { type: "allowed", mode: "auto", names };
    return { type: "native", protocol: PROTOCOL, value: { functionCallingConfig: config } };
  }
  return mode === "AUTO" ? { type: "auto" } : undefined;
}

/** Writes the tools: all functions in one entry, as Gemini wants them. */
export function encodeTools(wire: JsonObject, request: ChatRequest, model: string, losses: Losses): void {
  const declarations: JsonObject[] = [];
  const natives: JsonObject[] = [];
  const forced = isForced(request.toolChoice);
  for (const [index, tool] of (request.tools ?? []).entries()) {
    const path = `tools[${index}]`;
    if (tool.type === "native") {
      if (tool.protocol === PROTOCOL) natives.push(tool.value);
      else losses.dropped(path, "a tool only its own vendor runs");
    } else declarations.push(encodeFunction(tool, path, { model, forced, losses }));
  }
  const list = [...(declarations.length === 0 ? [] : [{ functionDeclarations: declarations }]), ...natives];
  if (list.length > 0) wire.tools = list;
  const choice = keptChoice(request, PROTOCOL, losses);
  if (choice !== undefined) wire.toolConfig = encodeChoice(choice);
  if (request.parallelToolCalls === false) losses.dropped("parallel_tool_calls");
}

/** Whether a call must be made (mode `ANY`). */
function isForced(choice: ToolChoice | undefined): boolean {
  return (
    choice?.type === "required" || choice?.type === "tool" || (choice?.type === "allowed" && choice.mode === "required")
  );
}

const PARAMETERS = { openApi: "parameters", jsonSchema: "parametersJsonSchema" };
const FREE_TEXT = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };

function encodeFunction(
  tool: Exclude<ChatTool, { type: "native" }>,
  path: string,
  { model, forced, losses }: { readonly model: string; readonly forced: boolean; readonly losses: Losses },
): JsonObject {
  const wire: JsonObject = { name: tool.name };
  if (tool.description !== undefined) wire.description = tool.description;
  if (tool.type === "custom") {
    losses.approximated(path, "a custom tool is sent as a function");
    writeSchema(wire, PARAMETERS, FREE_TEXT, model, { path, losses });
  } else {
    writeSchema(wire, PARAMETERS, tool.inputSchema, model, { path: `${path}.parameters`, losses });
    // A call that must be made is held to its schema anyway.
    if (tool.strict === true && !forced) losses.dropped(`${path}.strict`);
    if (tool.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  }
  writeRest(wire, tool.rest, path, losses);
  return wire;
}

function encodeChoice(choice: ToolChoice): JsonObject {
  return choice.type === "native" ? { ...choice.value } : { functionCallingConfig: callingConfig(choice) };
}

function callingConfig(choice: Exclude<ToolChoice, { type: "native" }>): JsonObject {
  switch (choice.type) {
    case "auto":
      return { mode: "AUTO" };
    case "none":
      return { mode: "NONE" };
    case "required":
      return { mode: "ANY" };
    case "tool":
      return { mode: "ANY", allowedFunctionNames: [choice.name] };
    case "allowed":
      // Names are taken with ANY and VALIDATED only; the latter leaves it to the model whether to call.
      return { mode: choice.mode === "auto" ? "VALIDATED" : "ANY", allowedFunctionNames: [...choice.names] };
  }
}
