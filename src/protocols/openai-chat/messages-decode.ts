/** A request's messages, read. One message of the wire is one of the canonical form. */
import type { ChatMessage, ContentPart, Role, ToolCallPart } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { invalid, optional, required } from "../fields.ts";
import { restOf } from "../rest.ts";
import { decodeContent, decodeImage } from "./content.ts";
import { decodeReasoning } from "./reasoning-details.ts";
import { PROTOCOL, type MessageField } from "./wire.ts";

const TEXT_FIELDS: readonly MessageField[] = ["role", "content", "name"];
const ASSISTANT_FIELDS: readonly MessageField[] = [
  ...TEXT_FIELDS,
  "refusal",
  "tool_calls",
  "function_call",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "images",
];

/** How a role's messages are read. */
interface RoleReader {
  readonly role: Role;
  readonly known: ReadonlySet<string>;
  content(message: JsonObject, path: string): ContentPart[];
}

const plain = (role: Role): RoleReader => ({ role, known: new Set(TEXT_FIELDS), content: plainContent });

const ROLES: Readonly<Record<string, RoleReader>> = {
  system: plain("system"),
  developer: plain("developer"),
  user: plain("user"),
  assistant: { role: "assistant", known: new Set(ASSISTANT_FIELDS), content: assistantContent },
  tool: { role: "tool", known: new Set<string>([...TEXT_FIELDS, "tool_call_id"]), content: toolContent },
  function: { role: "tool", known: new Set(TEXT_FIELDS), content: functionContent },
};

/** Reads the list of messages. */
export function decodeMessages(value: Json | undefined): ChatMessage[] {
  const list = required(value, "list", "messages");
  if (list.length === 0) throw invalid("messages", "a list of at least one message");
  return list.map((message, index) => decodeMessage(message, `messages[${index}]`));
}

function decodeMessage(value: Json, path: string): ChatMessage {
  const message = required(value, "object", path);
  const word = required(message.role, "string", `${path}.role`);
  const reader = Object.hasOwn(ROLES, word) ? ROLES[word] : undefined;
  if (reader === undefined) throw invalid(`${path}.role`, `one of ${Object.keys(ROLES).join(", ")}`);
  const name = word === "function" ? undefined : optional(message.name, "string", `${path}.name`);
  const rest = restOf(PROTOCOL, message, reader.known);
  return {
    role: reader.role,
    content: reader.content(message, path),
    ...(name === undefined ? {} : { name }),
    ...(rest === undefined ? {} : { rest }),
  };
}

function plainContent(message: JsonObject, path: string): ContentPart[] {
  if (message.content === null || message.content === undefined) required(message.content, "string", `${path}.content`);
  return decodeContent(message.content, `${path}.content`);
}

function assistantContent(message: JsonObject, path: string): ContentPart[] {
  const { content, refusal, tool_calls: toolCalls, function_call: functionCall } = message;
  const parts: ContentPart[] = decodeReasoning(message);
  // An empty string beside tool calls is no text at all; Claude refuses an empty block.
  if (content !== null && content !== undefined && content !== "") {
    parts.push(...decodeContent(content, `${path}.content`));
  }
  if (typeof refusal === "string" && refusal !== "") parts.push({ type: "refusal", text: refusal });
  parts.push(...imagesOf(message.images));
  for (const [index, call] of (optional(toolCalls, "list", `${path}.tool_calls`) ?? []).entries()) {
    parts.push(decodeToolCall(call, `${path}.tool_calls[${index}]`));
  }
  if (isObject(functionCall)) parts.push(decodeFunctionCall(functionCall, `${path}.function_call`));
  return parts;
}

/** Images that earlier answers held. */
function imagesOf(images: Json | undefined): ContentPart[] {
  return Array.isArray(images) ? images.flatMap((image) => decodeImage(image) ?? []) : [];
}

const CALL_FIELDS = new Set(["id", "type", "index", "function", "custom"]);
const CALL_NESTED = { function: new Set(["name", "arguments"]), custom: new Set(["name", "input"]) };

function decodeToolCall(value: Json, path: string): ToolCallPart {
  const call = required(value, "object", path);
  const id = required(call.id, "string", `${path}.id`);
  const kind = call.type === "custom" ? "custom" : "function";
  const holder = required(call[kind], "object", `${path}.${kind}`);
  const rest = restOf(PROTOCOL, call, CALL_FIELDS, CALL_NESTED);
  const field = kind === "custom" ? "input" : "arguments";
  return {
    type: "tool-call",
    id,
    name: required(holder.name, "string", `${path}.${kind}.name`),
    input: inputText(holder[field], `${path}.${kind}.${field}`),
    kind,
    ...(rest === undefined ? {} : { rest }),
  };
}

/** Arguments are JSON as a string; some clients send the object itself, or nothing. */
function inputText(value: Json | undefined, path: string): string {
  if (isObject(value)) return JSON.stringify(value);
  return optional(value, "string", path) ?? "";
}

/** The older protocol has one call a turn and no ids: the function's name stands for both sides. */
function legacyId(name: string): string {
  return `call_${name}`;
}

function decodeFunctionCall(call: JsonObject, path: string): ToolCallPart {
  const name = required(call.name, "string", `${path}.name`);
  const input = inputText(call.arguments, `${path}.arguments`);
  return { type: "tool-call", id: legacyId(name), name, input, kind: "function" };
}

function toolContent(message: JsonObject, path: string): ContentPart[] {
  const toolCallId = required(message.tool_call_id, "string", `${path}.tool_call_id`);
  return [{ type: "tool-result", toolCallId, content: resultContent(message, path) }];
}

function functionContent(message: JsonObject, path: string): ContentPart[] {
  const name = required(message.name, "string", `${path}.name`);
  return [{ type: "tool-result", toolCallId: legacyId(name), content: resultContent(message, path) }];
}

/** A tool that says nothing has still answered. */
function resultContent({ content }: JsonObject, path: string): ContentPart[] {
  if (content === null || content === undefined || content === "") return [];
  return decodeContent(content, `${path}.content`);
}
