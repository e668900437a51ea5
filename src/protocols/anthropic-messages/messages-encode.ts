import type { ChatMessage, ChatRequest, ContentPart } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import { writeRest } from "../rest.ts";
import { type Context, contentOf, encodeParts } from "./content-encode.ts";
import type { ModelTraits } from "./model-traits.ts";

interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly blocks: JsonObject[];
  readonly fields: JsonObject;
}

/** A conversation in Claude's form. */
export interface Conversation {
  readonly system: JsonObject[];
  readonly messages: Json[];
}

/**
 * The conversation in Claude's form. Leading system and developer messages are `system`. A later one keeps its place where the model takes
 * it there (after a user turn, before an assistant's); elsewhere it is moved to the end of `system`, which keeps its authority.
 * Neighbours of one role become one turn, tool results first, as Claude wants them.
 */
export function encodeMessages(request: ChatRequest, traits: ModelTraits, context: Context): Conversation {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  const { messages } = request;
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i] as ChatMessage;
    const path = `messages[${i}]`;
    if (message.name !== undefined) context.losses.dropped(`${path}.name`);
    const fields: JsonObject = {};
    writeRest(fields, message.rest, path, context.losses);
    if (!isSystem(message)) {
      const role = message.role === "assistant" ? "assistant" : "user";
      addTurn(turns, role, encodeParts(message.content, path, context), fields);
      continue;
    }
    const blocks = systemBlocks(message, path, context);
    if (staysInPlace(turns, messages, i, traits)) addTurn(turns, "system", blocks, fields);
    else {
      if (turns.length > 0 && blocks.length > 0)
        context.losses.approximated(`${path}.role`, "moved to the system prompt");
      for (const key of Object.keys(fields)) context.losses.dropped(`${path}.${key}`);
      system.push(...blocks);
    }
  }
  if (turns.length === 0) askWithSystem(system, turns, context);
  trimPrefill(turns, messages.length - 1, context);
  return { system, messages: turns.map(written) };
}

function isSystem(message: ChatMessage): boolean {
  return message.role === "system" || message.role === "developer";
}

/** Claude's instructions are text. */
function systemBlocks(message: ChatMessage, path: string, context: Context): JsonObject[] {
  for (const [index, part] of message.content.entries()) {
    if (part.type === "media") context.losses.dropped(`${path}.content[${index}].${part.kind}`);
  }
  return encodeParts(message.content, path, context).filter(({ type }) => type !== "image" && type !== "document");
}

function staysInPlace(turns: Turn[], messages: readonly ChatMessage[], index: number, traits: ModelTraits): boolean {
  if (!traits.laterSystem || turns.length === 0 || turns.at(-1)?.role === "assistant") return false;
  for (let i = index + 1; i < messages.length; i++) {
    const next = messages[i] as ChatMessage;
    if (!isSystem(next)) return next.role === "assistant";
  }
  return true;
}

function addTurn(turns: Turn[], role: Turn["role"], blocks: JsonObject[], fields: JsonObject): void {
  if (blocks.length === 0 && Object.keys(fields).length === 0) return;
  const before = turns.at(-1);
  const turn = before?.role === role ? before : { role, blocks: [], fields: {} };
  if (turn !== before) turns.push(turn);
  // Claude wants the results of a turn's calls before anything else in the next turn.
  const results = turn.blocks.filter(isResult).length;
  if (results < turn.blocks.length && blocks.some(isResult)) turn.blocks.splice(results, 0, ...blocks);
  else turn.blocks.push(...blocks);
  Object.assign(turn.fields, fields);
}

function isResult(block: JsonObject): boolean {
  return block.type === "tool_result";
}

/** Claude answers a user: a conversation of system messages alone has its last instruction asked by one. */
function askWithSystem(system: JsonObject[], turns: Turn[], context: Context): void {
  const last = system.pop();
  if (last === undefined) return;
  context.losses.approximated("messages", "the only messages were the system's; the last one is sent as the user's");
  turns.push({ role: "user", blocks: [last], fields: {} });
}

/** Claude refuses a prefill that ends in white space. */
function trimPrefill(turns: Turn[], index: number, context: Context): void {
  const turn = turns.at(-1);
  const last = turn?.blocks.at(-1);
  if (turn?.role !== "assistant" || last?.type !== "text") return;
  const text = last["text"] as string;
  const trimmed = text.trimEnd();
  if (trimmed === text) return;
  context.losses.approximated(`messages[${index}].content`, "white space at the end of the prefill removed");
  if (trimmed !== "") last.text = trimmed;
  else turn.blocks.pop();
  if (turn.blocks.length === 0) turns.pop();
}

function written(turn: Turn): Json {
  return { role: turn.role, content: contentOf(turn.blocks), ...turn.fields };
}

/**
 * Whether the tool calls since the user last spoke lack the thinking they came from: a client that cannot carry signatures sends them
 * back bare, and Claude refuses to think on with a budget from there. `own` is the protocol whose seals the provider takes.
 */
export function lacksThinking(messages: readonly ChatMessage[], own: ProtocolName): boolean {
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i] as ChatMessage;
    if (message.role === "user") return false;
    if (message.role !== "assistant" || !message.content.some(isCall)) continue;
    const [first] = message.content;
    if (first?.type !== "reasoning" || (first.sealedBy ?? own) !== own) return true;
    if (first.signature === undefined && first.redacted === undefined) return true;
  }
  return false;
}

function isCall(part: ContentPart): boolean {
  return part.type === "tool-call";
}
