import type { Json, JsonObject } from "#src/core/json.ts";
import type { ProtocolName } from "#src/core/protocol.ts";
import { awsStream } from "#tests/support/aws-stream.ts";

/** One answer of a provider, whole and as a stream; both say {@link TEXT} and count {@link USAGE}. */
export interface ProviderAnswer {
  readonly whole: JsonObject;
  readonly stream: string | Uint8Array<ArrayBuffer>;
  /** The stream's content type; server-sent events when left out. */
  readonly streamType?: string;
}

/** What every answer says. */
export const TEXT = "Hello, you.";
export const USAGE = { inputTokens: 12, outputTokens: 5 };

/** Events as server-sent ones; with the name of their type for vendors that write it. */
function sse(
  events: readonly JsonObject[],
  { named = false, end = "" }: { readonly named?: boolean; readonly end?: string } = {},
): string {
  const lines = events.map(
    (data) => `${named ? `event: ${data["type"] as string}\n` : ""}data: ${JSON.stringify(data)}\n\n`,
  );
  return lines.join("") + end;
}

function chunk(delta: JsonObject, finish: string | null = null, more: JsonObject = {}): JsonObject {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_760_000_000,
    model: "some-model",
    choices,
    ...more,
  };
}

const TOKENS = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };

/** Format: ChatCompletion and ChatCompletionChunk of the npm package openai. */
const chat: ProviderAnswer = {
  whole: {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_760_000_000,
    model: "some-model",
    choices: [
      { index: 0, message: { role: "assistant", content: TEXT, refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage: TOKENS,
  },
  stream: sse(
    [
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hello, " }),
      chunk({ content: "you." }),
      chunk({}, "stop"),
      chunk({}, null, { choices: [], usage: TOKENS }),
    ],
    { end: "data: [DONE]\n\n" },
  ),
};

/** Format: Message and MessageStreamEvent of the npm package @anthropic-ai/sdk. */
const message: JsonObject = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "some-model",
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 1 },
};
const messages: ProviderAnswer = {
  whole: {
    ...message,
    content: [{ type: "text", text: TEXT }],
    stop_reason: "end_turn",
    usage: { input_tokens: 12, output_tokens: 5 },
  },
  stream: sse(
    [
      { type: "message_start", message },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "ping" },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello, " } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "you." } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 5 } },
      { type: "message_stop" },
    ],
    { named: true },
  ),
};

/** Format: Response and ResponseStreamEvent of the npm package openai. */
const item = { id: "msg_1", type: "message", role: "assistant" };
const part = { type: "output_text", text: TEXT, annotations: [], logprobs: [] };
const done: JsonObject = { ...item, status: "completed", content: [part] };
function response(status: string, output: Json[], usage: JsonObject | null): JsonObject {
  return {
    id: "resp_1",
    object: "response",
    created_at: 1_760_000_000,
    status,
    model: "some-model",
    output,
    usage,
    error: null,
    incomplete_details: null,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
  };
}
const counted: JsonObject = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 17,
};
const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
const responses: ProviderAnswer = {
  whole: response("completed", [done], counted),
  stream: sse(
    [
      { type: "response.created", response: response("in_progress", [], null) },
      { type: "response.in_progress", response: response("in_progress", [], null) },
      { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...at, part: { ...part, text: "" } },
      { type: "response.output_text.delta", ...at, delta: "Hello, ", logprobs: [] },
      { type: "response.output_text.delta", ...at, delta: "you.", logprobs: [] },
      { type: "response.output_text.done", ...at, text: TEXT, logprobs: [] },
      { type: "response.content_part.done", ...at, part },
      { type: "response.output_item.done", output_index: 0, item: done },
      { type: "response.completed", response: response("completed", [done], counted) },
    ].map((event, index) => Object.assign({ sequence_number: index }, event)),
    { named: true },
  ),
};

/** Format: GenerateContentResponse of the npm package @google/genai. */
const metadata = { promptTokenCount: 12, candidatesTokenCount: 5, totalTokenCount: 17 };
function candidate(text: string, more: JsonObject = {}): JsonObject {
  const candidates = [{ content: { role: "model", parts: [{ text }] }, index: 0, ...more }];
  return { candidates, usageMetadata: metadata, modelVersion: "some-model", responseId: "r1" };
}
const generated: ProviderAnswer = {
  whole: candidate(TEXT, { finishReason: "STOP" }),
  stream: sse([candidate("Hello, "), candidate("you.", { finishReason: "STOP" })]),
};

/** Format: AWS API Reference, Amazon Bedrock Runtime, Converse and ConverseStream. */
const tokens = { inputTokens: 12, outputTokens: 5, totalTokens: 17 };
const converse: ProviderAnswer = {
  whole: {
    output: { message: { role: "assistant", content: [{ text: TEXT }] } },
    stopReason: "end_turn",
    usage: tokens,
    metrics: { latencyMs: 9 },
  },
  stream: awsStream([
    ["messageStart", { role: "assistant" }],
    ["contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hello, " } }],
    ["contentBlockDelta", { contentBlockIndex: 0, delta: { text: "you." } }],
    ["contentBlockStop", { contentBlockIndex: 0 }],
    ["messageStop", { stopReason: "end_turn" }],
    ["metadata", { usage: tokens, metrics: { latencyMs: 9 } }],
  ]),
  streamType: "application/vnd.amazon.eventstream",
};

/** Format: https://docs.cohere.com/reference/chat and …/chat-stream; V2ChatStreamResponse of the npm package cohere-ai. */
const units = { billed_units: { input_tokens: 12, output_tokens: 5 }, tokens: { input_tokens: 190, output_tokens: 7 } };
const coherent: ProviderAnswer = {
  whole: {
    id: "c1",
    finish_reason: "COMPLETE",
    message: { role: "assistant", content: [{ type: "text", text: TEXT }] },
    usage: units,
  },
  stream: sse(
    [
      { type: "message-start", id: "c1", delta: { message: { role: "assistant", content: [], tool_calls: [] } } },
      { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
      { type: "content-delta", index: 0, delta: { message: { content: { text: "Hello, " } } } },
      { type: "content-delta", index: 0, delta: { message: { content: { text: "you." } } } },
      { type: "content-end", index: 0 },
      { type: "message-end", id: "c1", delta: { finish_reason: "COMPLETE", usage: units } },
    ],
    { named: true },
  ),
};

/** How providers answer, by the protocol they are asked in. */
export const ANSWERS: Readonly<Partial<Record<ProtocolName, ProviderAnswer>>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  "anthropic-messages": messages,
  gemini: generated,
  "bedrock-converse": converse,
  "cohere-chat": coherent,
};

/** An error body of a vendor's, with the message given. */
export type Refusal = (status: number, message: string) => JsonObject;

/** How they refuse, with `message` in their words. */
export const REFUSALS: Readonly<Partial<Record<ProtocolName, Refusal>>> = {
  "openai-chat": (_status, text) => ({ error: { message: text, type: "some_error", param: null, code: null } }),
  "openai-responses": (_status, text) => ({ error: { message: text, type: "some_error", param: null, code: null } }),
  "anthropic-messages": (_status, text) => ({ type: "error", error: { type: "some_error", message: text } }),
  "bedrock-converse": (_status, text) => ({ message: text }),
  "cohere-chat": (_status, text) => ({ id: "e1", message: text }),
  gemini: (code, text) => ({ error: { code, message: text, status: "SOME_STATUS", details: [] } }),
};
