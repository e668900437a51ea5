import type { ChatMessage, ReasoningPart, ToolCallPart, ToolResultPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { writeRest } from "../rest.ts";
import { type Context, encodeParts } from "./content-encode.ts";
import { encodeInput } from "./tools-encode.ts";
import { PROTOCOL } from "./wire.ts";

/** Writes the conversation; every tool's result is a message of its own. */
export function encodeMessages(messages: readonly ChatMessage[], context: Context): JsonObject[] {
  const { losses } = context;
  const wire = messages.flatMap((message, index) => {
    const path = `messages[${index}]`;
    if (message.name !== undefined) losses.dropped(`${path}.name`);
    const written = WRITERS[message.role](message, path, context);
    for (const one of written) writeRest(one, message.rest, path, losses);
    if (written.length === 0) losses.rest(message.rest, path);
    return written;
  });
  if (messages.at(-1)?.role === "assistant") {
    losses.approximated(`messages[${messages.length - 1}]`, "an answer's begin, which the model does not go on with");
  }
  return wire;
}

type Writer = (message: ChatMessage, path: string, context: Context) => JsonObject[];

const WRITERS: Readonly<Record<ChatMessage["role"], Writer>> = {
  system: instructions,
  developer: instructions,
  user: ({ content }, path, context) => [{ role: "user", content: plain(encodeParts(content, path, context)) }],
  assistant,
  tool: (message, path, context) =>
    message.content.flatMap((part, index) => {
      const at = `${path}.content[${index}]`;
      if (part.type === "tool-result") return [toolMessage(part, at, context)];
      context.losses.dropped(at);
      return [];
    }),
};

function instructions({ content }: ChatMessage, path: string, context: Context): JsonObject[] {
  const parts = encodeParts(content, path, context).filter((part, index) => {
    if (part["type"] !== "text") context.losses.dropped(`${path}.content[${index}]`);
    return part["type"] === "text";
  });
  return [{ role: "system", content: plain(parts) }];
}

/** A string where that says it all. */
function plain(parts: readonly JsonObject[]): string | JsonObject[] {
  const [only] = parts;
  if (only === undefined) return "";
  const { type, text, ...more } = only;
  const alone = parts.length === 1 && type === "text" && Object.keys(more).length === 0;
  return alone && typeof text === "string" ? text : [...parts];
}

/** With calls, what the model thought is its plan for them; without, it is a part of the content. */
function assistant({ content }: ChatMessage, path: string, context: Context): JsonObject[] {
  const calls = content.flatMap((part, index) =>
    part.type === "tool-call" ? encodeCall(part, `${path}.content[${index}]`, context) : [],
  );
  const thoughts = content.flatMap((part, index) =>
    part.type === "reasoning" ? thoughtOf(part, `${path}.content[${index}]`, context) : [],
  );
  const said = encodeParts(content, path, context).filter((part) => part["type"] === "text");
  const thinking = calls.length > 0 ? [] : thoughts.map((text) => ({ type: "thinking", thinking: text }));
  const parts = [...thinking, ...said];
  if (parts.length === 0 && calls.length === 0) return [];
  const citations = content.flatMap((part) => (part.type === "text" ? (part.citations ?? []) : []));
  const own = citations.filter(({ protocol }) => protocol === PROTOCOL).map(({ value }) => value);
  return [
    {
      role: "assistant",
      ...(parts.length === 0 ? {} : { content: plain(parts) }),
      ...(calls.length > 0 && thoughts.length > 0 ? { tool_plan: thoughts.join("\n") } : {}),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(own.length === 0 ? {} : { citations: own }),
    },
  ];
}

/** The text alone: Cohere has no seals, and another vendor's mean nothing to it. */
function thoughtOf(part: ReasoningPart, path: string, { losses }: Context): string[] {
  if (part.redacted !== undefined) losses.dropped(`${path}.redacted`);
  losses.rest(part.rest, path);
  return part.text === "" ? [] : [part.text];
}

function encodeCall(part: ToolCallPart, path: string, { losses }: Context): JsonObject[] {
  const { id, name, kind, rest } = part;
  if (kind === "server") {
    losses.dropped(`${path}.tool_call`, "a call of another vendor's own tool");
    return [];
  }
  const own = losses.rest(rest, path) ?? {};
  return [{ ...own, id, type: "function", function: { name, arguments: encodeInput(part, path, losses) } }];
}

function toolMessage(result: ToolResultPart, path: string, context: Context): JsonObject {
  const { losses } = context;
  if (result.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  const own = losses.rest(result.rest, path) ?? {};
  const parts = encodeParts(result.content, path, { losses, documents: undefined }).filter((part, index) => {
    const kept = part["type"] === "text" || part["type"] === "document";
    if (!kept) losses.dropped(`${path}.content[${index}]`, "tools answer with text");
    return kept;
  });
  if (result.isError === true) {
    losses.approximated(`${path}.is_error`, "told in the text");
    parts.unshift({ type: "text", text: "Error:" });
  }
  return { ...own, role: "tool", tool_call_id: result.toolCallId, content: plain(parts) };
}
