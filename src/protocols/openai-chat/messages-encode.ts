/** A request's messages, written. */
import type { ChatMessage, ContentPart, ReasoningPart, ToolCallPart, ToolResultPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Dialect } from "../../core/protocol.ts";
import type { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { encodeCacheControl, encodePart } from "./content.ts";
import { encodeDetail } from "./reasoning-details.ts";
import { PROTOCOL } from "./wire.ts";

/** What a message is written with. */
interface Writing {
  readonly dialect: Dialect;
  readonly losses: Losses;
  readonly wire: JsonObject[];
  /** Media out of tool results. It goes into a user message of its own, which must not stand between the answers to parallel calls. */
  pending: JsonObject[];
}

/** Writes the list of messages. */
export function encodeMessages(messages: readonly ChatMessage[], dialect: Dialect, losses: Losses): JsonObject[] {
  const writing: Writing = { dialect, losses, wire: [], pending: [] };
  for (const [index, message] of messages.entries()) {
    if (message.role !== "tool") flush(writing);
    WRITERS[message.role](message, `messages[${index}]`, writing);
  }
  flush(writing);
  if (messages.at(-1)?.role === "assistant") {
    losses.approximated(
      `messages[${messages.length - 1}]`,
      "an answer's begin, which most providers do not go on with",
    );
  }
  return writing.wire;
}

function flush(writing: Writing): void {
  if (writing.pending.length === 0) return;
  writing.wire.push({ role: "user", content: writing.pending });
  writing.pending = [];
}

type MessageWriter = (message: ChatMessage, path: string, writing: Writing) => void;

const WRITERS: Readonly<Record<ChatMessage["role"], MessageWriter>> = {
  system: plainMessage,
  developer: plainMessage,
  user: plainMessage,
  assistant: assistantMessage,
  tool: toolMessages,
};

function push(wire: JsonObject, message: ChatMessage, path: string, { wire: list, losses }: Writing): void {
  if (message.name !== undefined) wire.name = message.name;
  writeRest(wire, message.rest, path, losses);
  list.push(wire);
}

function plainMessage(message: ChatMessage, path: string, writing: Writing): void {
  // Vendors without the newer word mean the same by the older.
  const role = message.role === "developer" && writing.dialect.developerRole === false ? "system" : message.role;
  push({ role, content: contentOf(message.content, `${path}.content`, writing) }, message, path, writing);
}

/** A list of parts as `content`; a string where that says it all, which every vendor understands. */
function contentOf(parts: readonly ContentPart[], path: string, writing: Writing): string | JsonObject[] {
  const cacheControl = writing.dialect.cacheControl === true;
  const wire = parts.flatMap(
    (part, index) => encodePart(part, `${path}[${index}]`, cacheControl, writing.losses) ?? [],
  );
  return simplified(wire);
}

function simplified(wire: JsonObject[]): string | JsonObject[] {
  if (wire.length === 0) return "";
  const [only] = wire;
  if (wire.length > 1 || only === undefined || only.type !== "text" || Object.keys(only).length > 2) return wire;
  return only.text as string;
}

/** Where each part stands on the wire, which has one field for each and so one order. */
const RANKS: Readonly<Record<ContentPart["type"], number>> = {
  reasoning: 0,
  text: 1,
  media: 1,
  native: 1,
  refusal: 1,
  "tool-call": 2,
  "tool-result": 2,
};

function assistantMessage(message: ChatMessage, path: string, writing: Writing): void {
  const { losses } = writing;
  const wire: JsonObject = { role: "assistant" };
  const content: JsonObject[] = [];
  const reasoning: ReasoningPart[] = [];
  const calls: JsonObject[] = [];
  let rank = 0;
  for (const [index, part] of message.content.entries()) {
    const at = `${path}.content[${index}]`;
    if (RANKS[part.type] < rank) losses.approximated(`${path}.content`, "the order of its parts");
    rank = Math.max(rank, RANKS[part.type]);
    if (part.type === "reasoning") reasoning.push(part);
    else if (part.type === "tool-call") calls.push(...encodeCall(part, at, losses));
    else content.push(...encodePart(part, at, writing.dialect.cacheControl === true, losses));
  }
  wire.content = content.length === 0 && calls.length > 0 ? null : simplified(content);
  writeReasoning(wire, reasoning, `${path}.content`, writing);
  if (calls.length > 0) wire.tool_calls = calls;
  push(wire, message, path, writing);
}

function encodeCall(call: ToolCallPart, path: string, losses: Losses): JsonObject[] {
  if (call.kind === "server") {
    losses.dropped(path, "a tool its vendor ran");
    return [];
  }
  if (call.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  const { id, name, input } = call;
  const wire: JsonObject =
    call.kind === "custom"
      ? { id, type: "custom", custom: { name, input } }
      : { id, type: "function", function: { name, arguments: input === "" ? "{}" : input } };
  writeRest(wire, call.rest, path, losses);
  return [wire];
}

/** A seal, or what else only `reasoning_details` can carry. */
function isSealed({ signature, redacted, rest }: ReasoningPart): boolean {
  return signature !== undefined || redacted !== undefined || rest !== undefined;
}

function writeReasoning(wire: JsonObject, parts: readonly ReasoningPart[], path: string, writing: Writing): void {
  const { dialect, losses } = writing;
  const field = dialect.reasoningField ?? false;
  if (parts.length === 0) return;
  if (dialect.reasoningDetails === true && (field === false || parts.some(isSealed))) {
    wire.reasoning_details = parts.map((part, index) => encodeDetail(part, index));
    return;
  }
  if (field === false) {
    losses.dropped(`${path}.reasoning`);
    return;
  }
  const text = parts.map((part) => part.text).join("");
  if (text !== "") wire[field] = text;
  // Another vendor's seal over text that goes on is of no use to this one, and the client still has it.
  if (parts.some(({ signature, sealedBy = PROTOCOL }) => signature !== undefined && sealedBy === PROTOCOL))
    losses.dropped(`${path}.signature`);
  if (parts.some((part) => part.redacted !== undefined)) losses.dropped(`${path}.redacted`);
}

function toolMessages(message: ChatMessage, path: string, writing: Writing): void {
  for (const [index, part] of message.content.entries()) {
    const at = `${path}.content[${index}]`;
    if (part.type === "tool-result") push(toolMessage(part, at, writing), message, path, writing);
    else writing.losses.dropped(at);
  }
}

/** OpenAI takes text from a tool; what else there is follows in a user message. */
function toolMessage(result: ToolResultPart, path: string, writing: Writing): JsonObject {
  const { losses } = writing;
  const cacheControl = writing.dialect.cacheControl === true;
  const texts: JsonObject[] = [];
  const media: JsonObject[] = [];
  for (const [index, part] of result.content.entries()) {
    const at = `${path}.content[${index}]`;
    const [wire] = encodePart(part, at, cacheControl, losses);
    if (wire === undefined) continue;
    if (wire.type === "text" || part.type === "native") texts.push(wire);
    else media.push(wire);
    if (part.type === "media" && wire.type !== "text") losses.approximated(at, "sent in a user message");
  }
  if (media.length > 0) {
    writing.pending.push({ type: "text", text: `Result of tool call ${result.toolCallId}:` }, ...media);
    if (texts.length === 0) texts.push({ type: "text", text: "See the next user message." });
  }
  if (result.isError === true) markError(texts, path, losses);
  if (result.cacheControl !== undefined) markCached(texts, result, path, writing);
  const wire: JsonObject = { role: "tool", tool_call_id: result.toolCallId, content: simplified(texts) };
  writeRest(wire, result.rest, path, losses);
  return wire;
}

const ERROR = "Error: ";

/** OpenAI has no field for a tool's failure, so the text tells the model. */
function markError(texts: JsonObject[], path: string, losses: Losses): void {
  losses.approximated(`${path}.is_error`, "told in the text");
  const text = texts[0]?.text;
  if (typeof text !== "string") texts.unshift({ type: "text", text: "Error" });
  else if (!text.toLowerCase().startsWith("error")) texts[0] = { ...texts[0], text: ERROR + text };
}

function markCached(texts: JsonObject[], { cacheControl }: ToolResultPart, path: string, writing: Writing): void {
  const last = texts.at(-1);
  if (cacheControl === undefined) return;
  if (writing.dialect.cacheControl === true && last !== undefined)
    last.cache_control = encodeCacheControl(cacheControl);
  else writing.losses.dropped(`${path}.cache_control`);
}
