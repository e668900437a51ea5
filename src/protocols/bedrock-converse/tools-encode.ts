import type { ChatRequest, ChatTool, ToolChoice } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { keptChoice } from "../tool-choice.ts";
import { type MarkContext, markedPoint } from "./cache-points.ts";
import type { Turn } from "./messages-encode.ts";
import { PROTOCOL } from "./wire.ts";

const FREE_TEXT: JsonObject = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };

/** `toolConfig`, and whether the model is made to call a tool. */
export interface EncodedTools {
  readonly config: JsonObject | undefined;
  readonly forced: boolean;
}

/** Writes the tools and the choice among them. Bedrock refuses calls in a conversation whose request declares no tool. */
export function encodeTools(request: ChatRequest, turns: readonly Turn[], context: MarkContext): EncodedTools {
  const { losses } = context;
  const choice = keptChoice(request, PROTOCOL, losses);
  const called = calledTools(turns);
  const offered = choice?.type === "none" && called.size === 0 ? [] : offeredTools(request, choice, context);
  if (offered.length > 0) {
    if (choice?.type === "none")
      losses.approximated("tool_choice", "Bedrock cannot forbid calls of tools it is told of");
    const wire = encodeChoice(choice, losses);
    const config: JsonObject = { tools: offered, ...(wire === undefined ? {} : { toolChoice: wire }) };
    return { config, forced: wire !== undefined && wire["auto"] === undefined };
  }
  if (called.size === 0) return { config: undefined, forced: false };
  losses.approximated("tools", "the tools called before are declared, as Bedrock wants them");
  const tools = [...called].map((name) => ({ toolSpec: { name, inputSchema: { json: { type: "object" } } } }));
  return { config: { tools }, forced: false };
}

/** The names of the tools the conversation has calls of. */
function calledTools(turns: readonly Turn[]): ReadonlySet<string> {
  const names = turns.flatMap(({ blocks }) => blocks.map((block) => block["toolUse"])).filter(isObject);
  return new Set(names.flatMap(({ name }) => (typeof name === "string" ? [name] : [])));
}

function offeredTools({ tools = [] }: ChatRequest, choice: ToolChoice | undefined, context: MarkContext): JsonObject[] {
  const offered: JsonObject[] = [];
  for (const [index, tool] of tools.entries()) {
    if (choice?.type === "allowed" && !choice.names.includes(tool.name)) continue;
    const path = `tools[${index}]`;
    const wire = encodeTool(tool, path, context.losses);
    if (wire === undefined) continue;
    offered.push(wire);
    const mark = tool.type === "function" ? tool.cacheControl : undefined;
    const point = mark === undefined ? undefined : markedPoint(mark, path, { ...context, tools: true });
    if (point !== undefined) offered.push(point);
  }
  return offered;
}

function encodeTool(tool: ChatTool, path: string, losses: Losses): JsonObject | undefined {
  if (tool.type === "native") {
    if (tool.protocol === PROTOCOL) return tool.value;
    losses.dropped(path, "a tool of another vendor's own");
    return undefined;
  }
  const spec: JsonObject = { name: tool.name };
  if (tool.description !== undefined && tool.description !== "") spec["description"] = tool.description;
  if (tool.type === "custom") {
    losses.approximated(path, "a custom tool is sent as a function with one text");
    if (tool.format !== undefined && tool.format["type"] !== "text") losses.dropped(`${path}.format`);
    spec["inputSchema"] = { json: FREE_TEXT };
  } else {
    spec["inputSchema"] = { json: { type: "object", ...tool.inputSchema } };
    if (tool.strict === true) spec["strict"] = true;
  }
  writeRest(spec, tool.rest, path, losses);
  return { toolSpec: spec };
}

/** The choice; undefined where Bedrock's own default, the model's free choice, is meant. */
function encodeChoice(choice: ToolChoice | undefined, losses: Losses): JsonObject | undefined {
  switch (choice?.type) {
    case undefined:
    case "none":
      return undefined;
    case "auto":
      return { auto: {} };
    case "required":
      return { any: {} };
    case "tool":
      return { tool: { name: choice.name } };
    case "allowed":
      losses.approximated("tool_choice", "only the allowed tools are sent");
      return choice.mode === "required" ? { any: {} } : { auto: {} };
    case "native":
      return choice.value;
  }
}
