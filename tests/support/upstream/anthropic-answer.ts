/**
 * Answers of Anthropic's messages API as it sends them: `Message` and `RawMessageStreamEvent` of `@anthropic-ai/sdk`, and the examples at
 * platform.claude.com/docs/en/build-with-claude/streaming.
 */
import type { JsonObject } from "#src/core/json.ts";
import type { Answer, AnswerFinish, AnswerPart, AnswerUsage } from "./script.ts";
import { finishOf, jsonPieces, pieces, usageOf } from "./script.ts";

const STOP_REASON: Readonly<Record<AnswerFinish, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tools: "tool_use",
  "stop-sequence": "stop_sequence",
  filtered: "refusal",
  refused: "refusal",
  paused: "pause_turn",
};

/** The whole answer. */
export function anthropicBody(answer: Answer, model: string): JsonObject {
  return {
    ...envelope(answer, model),
    content: answer.parts.map((part) => block(part)),
    stop_reason: STOP_REASON[finishOf(answer)],
    stop_sequence: answer.stopSequence ?? null,
    stop_details: null,
    usage: usage(usageOf(answer)),
  };
}

function envelope(answer: Answer, model: string): JsonObject {
  return {
    model: answer.model ?? model,
    id: answer.id ?? "msg_01FakeAnswer",
    type: "message",
    role: "assistant",
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
}

function block(part: AnswerPart): JsonObject {
  switch (part.type) {
    case "text":
    case "refusal":
      return { type: "text", text: part.text };
    case "thinking":
      return { type: "thinking", thinking: part.text, signature: part.signature ?? "sig-fake" };
    case "redacted":
      return { type: "redacted_thinking", data: part.data };
    case "tool":
      return { type: "tool_use", id: part.id, name: part.name, input: JSON.parse(part.input || "{}") as JsonObject };
  }
}

function inputTokens(tokens: AnswerUsage): JsonObject {
  const { input, cached = 0, written = 0 } = tokens;
  return {
    input_tokens: input - cached - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
  };
}

function usage(tokens: AnswerUsage): JsonObject {
  return {
    ...inputTokens(tokens),
    cache_creation: { ephemeral_5m_input_tokens: tokens.written ?? 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: tokens.output,
    ...(tokens.reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: tokens.reasoning } }),
    service_tier: "standard",
  };
}

/** One event as the vendor writes it: its name, and its JSON with that name as `type`. */
export function anthropicFrame(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** The answer as the frames of a stream, `message_stop` last. */
export function anthropicFrames(answer: Answer, model: string): readonly string[] {
  const total = usageOf(answer);
  const { output_tokens_details: details, ...rest } = usage(total);
  return [
    anthropicFrame("message_start", { message: { ...envelope(answer, model), usage: { ...rest, output_tokens: 1 } } }),
    ...answer.parts.flatMap((part, index) => blockFrames(part, index)),
    anthropicFrame("message_delta", {
      delta: { stop_reason: STOP_REASON[finishOf(answer)], stop_sequence: answer.stopSequence ?? null },
      usage: {
        ...inputTokens(total),
        output_tokens: total.output,
        ...(details === undefined ? {} : { output_tokens_details: details }),
      },
    }),
    anthropicFrame("message_stop", {}),
  ];
}

function blockFrames(part: AnswerPart, index: number): readonly string[] {
  const start = anthropicFrame("content_block_start", { index, content_block: emptied(part) });
  return [
    start,
    // The vendor's first ping stands between the first block's start and its first delta.
    ...(index === 0 ? ['event: ping\ndata: {"type": "ping"}\n\n'] : []),
    ...blockDeltas(part).map((delta) => anthropicFrame("content_block_delta", { index, delta })),
    anthropicFrame("content_block_stop", { index }),
  ];
}

/** A block as it opens: what its deltas bring is left out of it. */
function emptied(part: AnswerPart): JsonObject {
  switch (part.type) {
    case "text":
    case "refusal":
      return { type: "text", text: "" };
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "tool":
      return { type: "tool_use", id: part.id, name: part.name, input: {} };
    case "redacted":
      return block(part);
  }
}

function blockDeltas(part: AnswerPart): JsonObject[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return pieces(part.text).map((words) => ({ type: "text_delta", text: words }));
    case "thinking":
      return [
        ...pieces(part.text).map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: part.signature ?? "sig-fake" },
      ];
    case "tool":
      return ["", ...jsonPieces(part.input)].map((json) => ({ type: "input_json_delta", partial_json: json }));
    case "redacted":
      return [];
  }
}
