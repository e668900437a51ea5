/**
 * A request's `instructions` and `input`, read. Items that the model made one after the other are one canonical message; what only this
 * protocol knows (built-in tools' items, references) is a native part of it.
 */
import type { ChatMessage, ContentPart, Rest, Role, ToolCallPart } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { invalid, oneOf, optional, required } from "../fields.ts";
import { restOf } from "../rest.ts";
import { decodeContent } from "./content.ts";
import { decodeImageItem } from "./images.ts";
import { decodeReasoningItem } from "./reasoning.ts";
import { objects, PROTOCOL, textOf } from "./wire.ts";

interface AssistantDraft {
  readonly role: "assistant";
  readonly content: ContentPart[];
  rest?: Rest;
}

interface Reading {
  readonly messages: ChatMessage[];
  /** The model's turn that goes on while items of its kind follow. */
  turn: AssistantDraft | undefined;
  /** Earlier reasoning lies in the vendor's store, where items are known by their ids; without it, an id says nothing. */
  readonly stored: boolean;
  /** The kind of each call seen so far. */
  readonly kinds: Map<string, ToolCallPart["kind"]>;
}

/** What makes sense without an input: the vendor has the rest of the conversation. */
const INSTEAD = ["previous_response_id", "conversation", "prompt"];

/** Reads the conversation. `instructions` become a system message before all others. */
export function decodeInput(body: JsonObject): ChatMessage[] {
  const { input } = body;
  const instructions = optional(body.instructions, "string", "instructions");
  const system: ChatMessage[] =
    instructions === undefined ? [] : [{ role: "system", content: [{ type: "text", text: instructions }] }];
  if (typeof input === "string") return [...system, { role: "user", content: [{ type: "text", text: input }] }];
  if (input === undefined || input === null) {
    if (INSTEAD.some((field) => body[field] !== undefined && body[field] !== null)) return system;
    required(input, "string", "input");
  }
  if (!Array.isArray(input)) throw invalid("input", "a string or a list of items");
  const reading: Reading = { messages: system, turn: undefined, stored: input.some(isStored), kinds: new Map() };
  for (const [index, item] of input.entries()) readItem(reading, item, `input[${index}]`);
  return reading.messages;
}

function isStored(item: Json): boolean {
  const [value] = objects([item]);
  return value?.type === "reasoning" && textOf(value.id) !== undefined && textOf(value.encrypted_content) === undefined;
}

type ItemReader = (reading: Reading, item: JsonObject, path: string) => void;

const READERS: Readonly<Record<string, ItemReader>> = {
  message: readMessage,
  reasoning: (reading, item) => add(reading, decodeReasoningItem(item)),
  function_call: (reading, item, path) => readCall(reading, item, path, "function", "arguments"),
  custom_tool_call: (reading, item, path) => readCall(reading, item, path, "custom", "input"),
  function_call_output: (reading, item, path) => readOutput(reading, item, path, "function"),
  custom_tool_call_output: (reading, item, path) => readOutput(reading, item, path, "custom"),
};

function readItem(reading: Reading, value: Json, path: string): void {
  const item = required(value, "object", path);
  const type = optional(item.type, "string", `${path}.type`) ?? "message";
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (read !== undefined) read(reading, item, path);
  else add(reading, decodeImageItem(item) ?? { type: "native", protocol: PROTOCOL, value: item });
}

/** Adds to the model's turn, beginning one when there is none. */
function add(reading: Reading, ...parts: ContentPart[]): void {
  if (reading.turn === undefined) {
    reading.turn = { role: "assistant", content: [] };
    reading.messages.push(reading.turn);
  }
  reading.turn.content.push(...parts);
}

/** What of an item is left; that it is complete goes without saying. */
function restOfItem({ stored }: Reading, item: JsonObject, known: ReadonlySet<string>): Rest | undefined {
  const rest = restOf(PROTOCOL, item, known);
  if (rest === undefined) return undefined;
  const { id, status, ...fields } = rest.fields;
  if (stored && id !== undefined) fields.id = id;
  if (status !== undefined && status !== null && status !== "completed") fields.status = status;
  return Object.keys(fields).length === 0 ? undefined : { ...rest, fields };
}

const ROLES: ReadonlySet<Exclude<Role, "tool">> = new Set(["user", "assistant", "system", "developer"] as const);
const MESSAGE = new Set(["type", "role", "content"]);

function readMessage(reading: Reading, item: JsonObject, path: string): void {
  const role = oneOf(item.role, ROLES, `${path}.role`);
  const content = decodeContent(item.content, `${path}.content`);
  const rest = restOfItem(reading, item, MESSAGE);
  if (role !== "assistant") {
    reading.turn = undefined;
    reading.messages.push({ role, content, ...(rest === undefined ? {} : { rest }) });
    return;
  }
  // A turn has one `rest`, so the second message with its own begins another.
  if (rest !== undefined && reading.turn?.content.some(({ type }) => type === "text" || type === "refusal") === true) {
    reading.turn = undefined;
  }
  add(reading, ...content);
  if (rest !== undefined && reading.turn !== undefined) reading.turn.rest = rest;
}

const CALL = new Set(["type", "call_id", "name", "arguments", "input"]);

function readCall(
  reading: Reading,
  item: JsonObject,
  path: string,
  kind: "function" | "custom",
  field: "arguments" | "input",
): void {
  const id = required(item.call_id, "string", `${path}.call_id`);
  const rest = restOfItem(reading, item, CALL);
  reading.kinds.set(id, kind);
  add(reading, {
    type: "tool-call",
    id,
    name: required(item.name, "string", `${path}.name`),
    input: optional(item[field], "string", `${path}.${field}`) ?? "",
    kind,
    ...(rest === undefined ? {} : { rest }),
  });
}

/** The type of a result's item by the kind of its call. */
export const OUTPUT_TYPES = { function: "function_call_output", custom: "custom_tool_call_output" } as const;

const OUTPUT = new Set(["type", "call_id", "output"]);

function readOutput(reading: Reading, item: JsonObject, path: string, kind: "function" | "custom"): void {
  const toolCallId = required(item.call_id, "string", `${path}.call_id`);
  const { output } = item;
  const content =
    output === "" || output === null || output === undefined ? [] : decodeContent(output, `${path}.output`);
  // The kind of a call that is not here cannot be told from it later.
  const known = reading.kinds.get(toolCallId) ?? "function";
  const fields: JsonObject = {
    ...restOfItem(reading, item, OUTPUT)?.fields,
    // A null is nobody's loss.
    ...(kind === known ? {} : { [OUTPUT_TYPES[kind]]: null }),
  };
  const rest = Object.keys(fields).length === 0 ? {} : { rest: { protocol: PROTOCOL, fields } as const };
  reading.turn = undefined;
  reading.messages.push({ role: "tool", content: [{ type: "tool-result", toolCallId, content, ...rest }] });
}
