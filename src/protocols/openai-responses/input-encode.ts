/** A request's `instructions` and `input`, written. */
import type { ChatMessage, ContentPart, ToolCallPart, ToolResultPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { encodeInputPart, encodeOutputPart, isContentPart } from "./content.ts";
import { encodeImageItem } from "./images.ts";
import { encodeReasoningItem } from "./reasoning.ts";
import { OUTPUT_TYPES } from "./input-decode.ts";
import { PROTOCOL } from "./wire.ts";

interface Writing {
  readonly items: JsonObject[];
  readonly losses: Losses;
  /** The ids of calls of custom tools, whose outputs have a type of their own. */
  readonly custom: ReadonlySet<string>;
}

/** The text that `instructions` can say: that of a system message before all others. */
export function instructionsOf(messages: readonly ChatMessage[]): string | undefined {
  const [first] = messages;
  if (first?.role !== "system" || messages.length < 2) return undefined;
  const [part] = first.content;
  const plain = first.content.length === 1 && first.rest === undefined && first.name === undefined;
  if (!plain || part?.type !== "text" || Object.keys(part).length > 2) return undefined;
  return part.text;
}

/** Writes the conversation into `wire`. */
export function encodeInput(wire: JsonObject, messages: readonly ChatMessage[], losses: Losses): void {
  const instructions = instructionsOf(messages);
  if (instructions !== undefined) wire.instructions = instructions;
  const writing: Writing = { items: [], losses, custom: customCalls(messages) };
  for (const [index, message] of messages.entries()) {
    if (index === 0 && instructions !== undefined) continue;
    const path = `messages[${index}]`;
    if (message.name !== undefined) losses.dropped(`${path}.name`);
    WRITERS[message.role](message, path, writing);
  }
  const last = messages.at(-1);
  if (last?.role === "assistant" && last.content.at(-1)?.type === "text") {
    losses.approximated(
      `messages[${messages.length - 1}]`,
      "an answer's begin, which the provider does not go on with",
    );
  }
  wire.input = writing.items;
}

function customCalls(messages: readonly ChatMessage[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { content } of messages) {
    for (const part of content) if (part.type === "tool-call" && part.kind === "custom") ids.add(part.id);
  }
  return ids;
}

type MessageWriter = (message: ChatMessage, path: string, writing: Writing) => void;

const WRITERS: Readonly<Record<ChatMessage["role"], MessageWriter>> = {
  system: plainMessage,
  developer: plainMessage,
  user: plainMessage,
  assistant: assistantMessage,
  tool: toolMessage,
};

function plainMessage({ role, content, rest }: ChatMessage, path: string, { items, losses }: Writing): void {
  const item: JsonObject = { type: "message", role, content: simplified(inputParts(content, path, losses)) };
  writeRest(item, rest, path, losses);
  items.push(item);
}

function inputParts(content: readonly ContentPart[], path: string, losses: Losses): JsonObject[] {
  return content.flatMap((part, index) => encodeInputPart(part, `${path}.content[${index}]`, losses));
}

/** A string where that says it all. */
function simplified(parts: JsonObject[]): string | JsonObject[] {
  const [only] = parts;
  if (only === undefined) return "";
  return parts.length === 1 && only.type === "input_text" && Object.keys(only).length === 2
    ? (only.text as string)
    : parts;
}

/** The model's turn: what it said in messages, and everything else as items between them. */
function assistantMessage(message: ChatMessage, path: string, { items, losses }: Writing): void {
  let said: JsonObject[] | undefined;
  let rest = message.rest;
  for (const [index, part] of message.content.entries()) {
    const at = `${path}.content[${index}]`;
    const content = saidPart(part, at, losses);
    if (content === undefined) {
      said = undefined;
      items.push(...assistantItem(part, at, losses));
      continue;
    }
    if (said === undefined) {
      const item: JsonObject = { type: "message", role: "assistant", content: (said = []) };
      writeRest(item, rest, path, losses);
      rest = undefined;
      items.push(item);
    }
    said.push(content);
  }
  losses.rest(rest, path);
}

function saidPart(part: ContentPart, path: string, losses: Losses): JsonObject | undefined {
  if (part.type === "text" || part.type === "refusal") return encodeOutputPart(part, path, losses);
  return part.type === "native" && part.protocol === PROTOCOL && isContentPart(part.value) ? part.value : undefined;
}

function assistantItem(part: ContentPart, path: string, losses: Losses): JsonObject[] {
  switch (part.type) {
    case "tool-call":
      return encodeCall(part, path, losses);
    case "reasoning": {
      const item = encodeReasoningItem(part, path, losses);
      return item === undefined ? [] : [item];
    }
    case "native":
      if (part.protocol === PROTOCOL) return [part.value];
      break;
    case "media": {
      // An id that the vendor does not know would be refused.
      const item = encodeImageItem(part, undefined);
      if (item !== undefined) return [item];
    }
  }
  losses.dropped(path);
  return [];
}

function encodeCall(call: ToolCallPart, path: string, losses: Losses): JsonObject[] {
  if (call.kind === "server") {
    losses.dropped(path, "a tool its vendor ran");
    return [];
  }
  if (call.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  const wire = callItem(call, call.input);
  writeRest(wire, call.rest, path, losses);
  return [wire];
}

/** A call as requests and answers carry it, without its item's id. Clients parse a function's arguments as JSON. */
export function callItem({ id, name, kind }: Pick<ToolCallPart, "id" | "name" | "kind">, input: string): JsonObject {
  return kind === "custom"
    ? { type: "custom_tool_call", call_id: id, name, input }
    : { type: "function_call", call_id: id, name, arguments: input === "" ? "{}" : input };
}

function toolMessage(message: ChatMessage, path: string, writing: Writing): void {
  const { losses, items } = writing;
  losses.rest(message.rest, path);
  for (const [index, part] of message.content.entries()) {
    const at = `${path}.content[${index}]`;
    if (part.type === "tool-result") items.push(toolOutput(part, at, writing));
    else losses.dropped(at);
  }
}

function toolOutput(result: ToolResultPart, path: string, { losses, custom }: Writing): JsonObject {
  const { toolCallId, content, rest } = result;
  const parts = inputParts(content, path, losses);
  if (result.isError === true) markError(parts, path, losses);
  if (result.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  const { function: plain, custom: free } = OUTPUT_TYPES;
  const { [plain]: isPlain, [free]: isFree, ...fields } = losses.rest(rest, path) ?? {};
  const isCustom = isFree === null || (isPlain !== null && custom.has(toolCallId));
  return { call_id: toolCallId, output: simplified(parts), type: isCustom ? free : plain, ...fields };
}

/** There is no field for a tool's failure, so the text tells the model. */
function markError(parts: JsonObject[], path: string, losses: Losses): void {
  losses.approximated(`${path}.is_error`, "told in the text");
  const text = parts[0]?.text;
  if (typeof text !== "string") parts.unshift({ type: "input_text", text: "Error" });
  else if (!text.toLowerCase().startsWith("error")) parts[0] = { ...parts[0], text: `Error: ${text}` };
}
