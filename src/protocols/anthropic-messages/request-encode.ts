import { reportUnsayable } from "../unsayable.ts";
import type { ChatRequest, ChatTool, FunctionTool, ToolChoice } from "../../core/chat.ts";
import type { RequestTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { toClaude } from "../json-schema/claude.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { keptChoice } from "../tool-choice.ts";
import { contentOf } from "./content-encode.ts";
import { encodeMessages } from "./messages-encode.ts";
import { modelTraits } from "./model-traits.ts";
import { encodeSampling } from "./sampling-encode.ts";
import { encodeThinking } from "./thinking-encode.ts";
import { encodeFormat, encodeUser, MISSING } from "./options-encode.ts";
import { PROTOCOL } from "./wire.ts";

/** Claude demands a limit. 8,192 is what every model since Claude 3.5 can write, for models whose own limit is not known. */
const DEFAULT_MAX_TOKENS = 8192;

/** Writes a request to `/v1/messages`. */
export function encodeRequest(request: ChatRequest, target: RequestTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL);
  const traits = modelTraits(target.model);
  const { system, messages } = encodeMessages(request, traits, { losses, unsignedReasoning: !traits.claude });
  const body: JsonObject = { model: target.model, max_tokens: maxTokens(request, target, losses), messages };
  if (request.stream) body.stream = true;
  encodeTools(request, body, losses);
  const choice = encodeToolChoice(request, body, losses);
  const forced = choice === "any" || choice === "tool";
  const thinks = encodeThinking(request, body, {
    traits,
    losses,
    limit: target.maxOutputTokens,
    forced,
    sealedBy: PROTOCOL,
  });
  encodeSampling(request, body, { traits, losses, thinks });
  encodeStop(request, body, losses);
  encodeFormat(request, body, system, losses);
  encodeUser(request, body, losses);
  reportUnsayable(request, MISSING, losses);
  if (system.length > 0) body.system = contentOf(system);
  writeRest(body, request.rest, "", losses);
  return { value: body, losses: losses.list };
}

function maxTokens(request: ChatRequest, target: RequestTarget, losses: Losses): number {
  const limit = target.maxOutputTokens;
  const asked = request.maxOutputTokens;
  if (asked === undefined) return limit ?? DEFAULT_MAX_TOKENS;
  if (limit === undefined || asked <= limit) return asked;
  losses.approximated("max_tokens", "lowered to the model's limit");
  return limit;
}

function encodeTools(request: ChatRequest, body: JsonObject, losses: Losses): void {
  const tools: JsonObject[] = [];
  const { toolChoice: choice } = request;
  for (const [index, tool] of (request.tools ?? []).entries()) {
    if (choice?.type === "allowed" && !choice.names.includes(tool.name)) continue;
    const wire = encodeTool(tool, `tools[${index}]`, losses);
    if (wire !== undefined) tools.push(wire);
  }
  if (tools.length > 0) body.tools = tools;
}

function encodeTool(tool: ChatTool, path: string, losses: Losses): JsonObject | undefined {
  if (tool.type === "native") {
    if (tool.protocol === PROTOCOL) return tool.value;
    losses.dropped(path, "a tool only its own vendor runs");
    return undefined;
  }
  const wire: JsonObject = { name: tool.name };
  if (tool.description !== undefined) wire.description = tool.description;
  if (tool.type === "custom") {
    losses.approximated(path, "a custom tool is sent as a function with one text");
    if (tool.format !== undefined && tool.format.type !== "text") losses.dropped(`${path}.format`);
    wire.input_schema = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };
  } else {
    wire.input_schema = inputSchema(tool, path, losses);
    if (tool.strict !== undefined) wire.strict = tool.strict;
    if (tool.cacheControl !== undefined) wire.cache_control = { ...tool.cacheControl };
  }
  writeRest(wire, tool.rest, path, losses);
  return wire;
}

/** Claude wants a type, and of a strict tool a schema in its subset. */
function inputSchema({ inputSchema: schema, strict }: FunctionTool, path: string, losses: Losses): JsonObject {
  const typed = schema.type === undefined ? { type: "object", ...schema } : schema;
  if (strict !== true) return typed;
  const { schema: fitted, lost } = toClaude(typed);
  if (lost.length > 0) losses.approximated(`${path}.parameters`, `Claude does not take ${lost.join(", ")}`);
  return fitted;
}

const CHOICES = { auto: "auto", none: "none", required: "any", tool: "tool" } as const;

/** A choice among some of the tools, where the others are not offered. */
function amongAllowed(choice: Extract<ToolChoice, { type: "allowed" }>, losses: Losses): keyof typeof CHOICES {
  losses.approximated("tool_choice", "only the allowed tools are sent");
  return choice.mode;
}

/** Writes `tool_choice` and answers its type. Claude refuses one where no tool is offered. */
function encodeToolChoice(request: ChatRequest, body: JsonObject, losses: Losses): string | undefined {
  const { parallelToolCalls: parallel } = request;
  const choice = keptChoice(request, PROTOCOL, losses);
  if (body.tools === undefined) return undefined;
  if (choice?.type === "native") {
    body.tool_choice = choice.value;
    return undefined;
  }
  if (choice === undefined && parallel !== false) return undefined;
  const type = CHOICES[choice?.type === "allowed" ? amongAllowed(choice, losses) : (choice?.type ?? "auto")];
  const wire: JsonObject = { type };
  if (choice?.type === "tool") wire.name = choice.name;
  if (parallel !== undefined && type !== "none") wire.disable_parallel_tool_use = !parallel;
  body.tool_choice = wire;
  return type;
}

/** Claude refuses stop sequences of white space alone. */
function encodeStop(request: ChatRequest, body: JsonObject, losses: Losses): void {
  const kept = (request.stop ?? []).filter((text) => text.trim() !== "");
  if (kept.length < (request.stop?.length ?? 0)) losses.dropped("stop", "white space alone cannot be a stop sequence");
  if (kept.length > 0) body.stop_sequences = kept;
}
