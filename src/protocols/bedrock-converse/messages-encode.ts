import type { ChatMessage, ChatRequest } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { type Context, encodeParts } from "./content-encode.ts";

/** One turn of the conversation; neighbours of one role are one turn. */
export interface Turn {
  readonly role: "user" | "assistant";
  readonly blocks: JsonObject[];
}

/** A conversation in Bedrock's form. */
export interface Conversation {
  readonly system: JsonObject[];
  readonly turns: Turn[];
}

/** The conversation in Bedrock's form. Instructions stand before it: one that came later is moved there, which keeps its authority. */
export function encodeMessages({ messages }: ChatRequest, context: Context): Conversation {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (message.name !== undefined) context.losses.dropped(`${path}.name`);
    // A message has no fields beyond its role and its content.
    for (const field of Object.keys(context.losses.rest(message.rest, path) ?? {})) {
      context.losses.dropped(`${path}.${field}`);
    }
    const blocks = encodeParts(message.content, path, context);
    if (!isSystem(message)) addTurn(turns, message.role === "assistant" ? "assistant" : "user", blocks);
    else {
      if (turns.length > 0 && blocks.length > 0)
        context.losses.approximated(`${path}.role`, "moved to the system prompt");
      system.push(...instructions(blocks, path, context));
    }
  }
  if (turns.length === 0) askWithSystem(system, turns, context);
  trimPrefill(turns, messages.length - 1, context);
  for (const turn of turns) putTextBeside(turn, context);
  return { system, turns };
}

function isSystem({ role }: ChatMessage): boolean {
  return role === "system" || role === "developer";
}

/** What may stand in the system prompt. */
const INSTRUCTIONS: ReadonlySet<string> = new Set(["text", "cachePoint", "guardContent"]);

function instructions(blocks: readonly JsonObject[], path: string, { losses }: Context): JsonObject[] {
  return blocks.filter((block) => {
    const [kind = ""] = Object.keys(block);
    if (!INSTRUCTIONS.has(kind)) losses.dropped(`${path}.content.${kind}`);
    return INSTRUCTIONS.has(kind);
  });
}

function addTurn(turns: Turn[], role: Turn["role"], blocks: readonly JsonObject[]): void {
  if (blocks.length === 0) return;
  const before = turns.at(-1);
  if (before?.role !== role) turns.push({ role, blocks: [...blocks] });
  // The results of a turn's calls come before anything else in the next turn.
  else if (blocks.some(isResult)) before.blocks.splice(resultsEnd(before.blocks), 0, ...blocks);
  else before.blocks.push(...blocks);
}

function isResult(block: JsonObject): boolean {
  return block["toolResult"] !== undefined;
}

/** Where the results at the beginning end, their cache points included. */
function resultsEnd(blocks: readonly JsonObject[]): number {
  const end = blocks.findIndex((block) => !isResult(block) && block["cachePoint"] === undefined);
  return end < 0 ? blocks.length : end;
}

/** A model answers a user: of instructions alone the last one is asked by one. */
function askWithSystem(system: JsonObject[], turns: Turn[], { losses }: Context): void {
  const at = system.findLastIndex((block) => block["text"] !== undefined);
  if (at < 0) return;
  losses.approximated("messages", "the only messages were the system's; the last one is sent as the user's");
  turns.push({ role: "user", blocks: system.splice(at) });
}

/** Bedrock refuses documents without a text beside them. */
function putTextBeside({ blocks }: Turn, { losses }: Context): void {
  const documents = blocks.some((block) => block["document"] !== undefined);
  if (!documents || blocks.some((block) => block["text"] !== undefined)) return;
  losses.approximated("messages", "a text is put beside a document, as Bedrock wants it");
  blocks.push({ text: "." });
}

/** A prefill must not end in white space. */
function trimPrefill(turns: Turn[], index: number, { losses }: Context): void {
  const turn = turns.at(-1);
  const last = turn?.blocks.at(-1);
  const text = last?.["text"];
  if (turn?.role !== "assistant" || last === undefined || typeof text !== "string" || text === text.trimEnd()) return;
  losses.approximated(`messages[${index}].content`, "white space at the end of the prefill removed");
  last["text"] = text.trimEnd();
}
