import type { ChatMessage, ChatRequest, ContentPart, Rest } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { invalid, optional, required } from "../fields.ts";
import { restOf } from "../rest.ts";
import { decodeContent, decodeSystem } from "./content-decode.ts";
import { decodeFormat, decodeReasoning } from "./request-options.ts";
import { decodeTools } from "./tools-decode.ts";
import { PROTOCOL, type RequestField } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<ChatRequest>;

/** Fields of a request that are read here; everything else rides along in `rest`. */
const KNOWN: ReadonlySet<string> = new Set<RequestField>([
  "model",
  "messages",
  "system",
  "max_tokens",
  "stream",
  "tools",
  "tool_choice",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "thinking",
  "output_config",
  "output_format",
  "metadata",
  "service_tier",
]);
const NESTED = { metadata: new Set(["user_id"]) };
const MESSAGE: ReadonlySet<string> = new Set(["role", "content"]);

/** Reads a request to `/v1/messages`. Throws `invalid_request` with the path of the offending field. */
export function decodeRequest(body: JsonObject): ChatRequest {
  const model = required(body.model, "string", "model");
  if (model === "") throw invalid("model", "the name of a model");
  const maxOutputTokens = required(body.max_tokens, "integer", "max_tokens");
  // 0 asks Claude to fill its prompt cache without an answer.
  if (maxOutputTokens < 0) throw invalid("max_tokens", "0 or more");
  const stream = optional(body.stream, "boolean", "stream") ?? false;
  const request: Draft = { model, messages: decodeMessages(body), stream, maxOutputTokens };
  decodeTools(request, body);
  decodeSampling(request, body);
  decodeUser(request, body);
  const fields: JsonObject = restOf(PROTOCOL, body, KNOWN, NESTED)?.fields ?? {};
  decodeReasoning(request, body, fields);
  decodeFormat(request, body, fields);
  if (Object.keys(fields).length > 0) request.rest = { protocol: PROTOCOL, fields };
  return request;
}

function decodeMessages(body: JsonObject): ChatMessage[] {
  const wire = required(body.messages, "list", "messages");
  const messages: ChatMessage[] = [];
  if (body.system !== undefined && body.system !== null) {
    const content = decodeSystem(body.system, "system");
    if (content.length > 0) messages.push({ role: "system", content });
  }
  for (let i = 0; i < wire.length; i++) decodeMessage(wire[i] as Json, `messages.${i}`, messages);
  return messages;
}

function decodeMessage(value: Json, path: string, messages: ChatMessage[]): void {
  const wire = required(value, "object", path);
  const role = required(wire.role, "string", `${path}.role`);
  if (role !== "user" && role !== "assistant" && role !== "system") {
    throw invalid(`${path}.role`, `"user", "assistant" or "system"`);
  }
  // A system message may be there for its settings alone.
  const bare = role === "system" && (wire.content === undefined || wire.content === null);
  const content = bare ? [] : decodeContent(wire.content, `${path}.content`);
  const rest = restOf(PROTOCOL, wire, MESSAGE);
  if (role === "user") pushUserTurn(content, rest, messages);
  else messages.push(withRest({ role, content }, rest));
}

/** A user turn's tool results become a `tool` message; what else it holds follows as a `user` message. */
function pushUserTurn(content: ContentPart[], rest: Rest | undefined, messages: ChatMessage[]): void {
  if (!content.some((part) => part.type === "tool-result")) {
    messages.push(withRest({ role: "user", content }, rest));
    return;
  }
  const results = content.filter((part) => part.type === "tool-result");
  const others = content.filter((part) => part.type !== "tool-result");
  messages.push(withRest({ role: "tool", content: results }, others.length === 0 ? rest : undefined));
  if (others.length > 0) messages.push(withRest({ role: "user", content: others }, rest));
}

function withRest(message: ChatMessage, rest: Rest | undefined): ChatMessage {
  return rest === undefined ? message : { ...message, rest };
}

function decodeSampling(request: Draft, body: JsonObject): void {
  const temperature = optional(body.temperature, "number", "temperature");
  if (temperature !== undefined) request.temperature = temperature;
  const topP = optional(body.top_p, "number", "top_p");
  if (topP !== undefined) request.topP = topP;
  const topK = optional(body.top_k, "integer", "top_k");
  if (topK !== undefined) request.topK = topK;
  const stop = optional(body.stop_sequences, "list", "stop_sequences");
  if (stop !== undefined) request.stop = stop.map((text, index) => required(text, "string", `stop_sequences.${index}`));
}

/** Claude's words for the tier, in OpenAI's. */
const TIERS: Readonly<Record<string, string>> = { auto: "auto", standard_only: "default" };

function decodeUser(request: Draft, body: JsonObject): void {
  const metadata = optional(body.metadata, "object", "metadata");
  const user = optional(metadata?.user_id, "string", "metadata.user_id");
  if (user !== undefined) request.user = user;
  const tier = optional(body.service_tier, "string", "service_tier");
  if (tier !== undefined) request.serviceTier = TIERS[tier] ?? tier;
}
