import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** Mistral refuses any other id of a tool call. */
const CALL_ID = /^[a-zA-Z0-9]{9}$/;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** What is put between a tool's answer and a message of the user's, for only the assistant may follow a tool there. */
const BRIDGE: Json = { role: "assistant", content: "OK." };

/**
 * The body with its messages as Mistral takes them: ids of calls that came from another vendor made anew, what a model thought as a part of
 * its content, an assistant's word after each tool's, and an answer that is begun told to be gone on with. The same body when that is how
 * they are.
 */
export function mistralMessages(body: JsonObject): JsonObject {
  const { messages } = body;
  if (!Array.isArray(messages)) return body;
  const own = messages.flatMap((message, index) => {
    const last = index === messages.length - 1;
    const mine = isObject(message) ? mistralMessage(message, last) : message;
    return roleOf(messages[index - 1]) === "tool" && !AFTER_TOOL.has(roleOf(message)) ? [BRIDGE, mine] : [mine];
  });
  return own.every((message, index) => message === messages[index]) ? body : { ...body, messages: own };
}

const AFTER_TOOL: ReadonlySet<Json | undefined> = new Set(["tool", "assistant"]);

function roleOf(message: Json | undefined): Json | undefined {
  return isObject(message) ? message["role"] : undefined;
}

function mistralMessage(message: JsonObject, last: boolean): JsonObject {
  const own = ownFields(message);
  const begun = last && own["role"] === "assistant" && own["tool_calls"] === undefined && own["prefix"] === undefined;
  return begun ? { ...own, prefix: true } : own;
}

function ownFields(message: JsonObject): JsonObject {
  const { tool_call_id: id, tool_calls: calls, reasoning_content: thought, content, ...others } = message;
  const ownId = callId(id);
  const ownCalls = Array.isArray(calls) ? mistralCalls(calls) : calls;
  if (ownId === id && ownCalls === calls && thought === undefined) return message;
  const said = typeof thought === "string" && thought !== "" ? withThought(thought, content) : content;
  return { ...others, ...defined({ content: said, tool_calls: ownCalls, tool_call_id: ownId }) };
}

function mistralCalls(calls: Json[]): Json[] {
  const own = calls.map((call) => {
    if (!isObject(call)) return call;
    const id = callId(call["id"]);
    return id === undefined || id === call["id"] ? call : { ...call, id };
  });
  return own.every((call, index) => call === calls[index]) ? calls : own;
}

/** Nine letters and digits that are always the same for one id. */
function callId(id: Json | undefined): Json | undefined {
  if (typeof id !== "string" || CALL_ID.test(id)) return id;
  // FNV-1a over two halves of 32 bits each.
  let [high, low] = [0x811c9dc5, 0x01000193];
  for (const character of id) {
    const code = character.codePointAt(0) ?? 0;
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ (code + 1), 0x85ebca6b);
  }
  let [rest, text] = [(BigInt(high >>> 0) << 32n) | BigInt(low >>> 0), ""];
  for (; text.length < 9; rest /= 62n) text += DIGITS[Number(rest % 62n)];
  return text;
}

/** Format: https://docs.mistral.ai/capabilities/reasoning, ThinkChunk of the npm package @mistralai/mistralai. */
function withThought(thought: string, content: Json | undefined): Json {
  const said = typeof content === "string" && content !== "" ? [{ type: "text", text: content }] : content;
  return [{ type: "thinking", thinking: [{ type: "text", text: thought }] }, ...(Array.isArray(said) ? said : [])];
}

function defined(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const known: Record<string, Json> = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) known[name] = value;
  return known;
}
