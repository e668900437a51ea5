/**
 * Answers of OpenAI's chat API as it sends them: `ChatCompletion` and `ChatCompletionChunk` of the `openai` package, and the examples at
 * platform.openai.com/docs/api-reference/chat/streaming.
 */
import type { JsonObject } from "#src/core/json.ts";
import type { Flavour } from "./flavour.ts";
import type { Answer, AnswerFinish, AnswerPart, AnswerUsage } from "./script.ts";
import { finishOf, jsonPieces, pieces, usageOf } from "./script.ts";

const FINISH: Readonly<Record<AnswerFinish, string>> = {
  stop: "stop",
  length: "length",
  tools: "tool_calls",
  "stop-sequence": "stop",
  filtered: "content_filter",
  refused: "stop",
  paused: "stop",
};

const CREATED = 1_760_000_000;

type ToolPart = Extract<AnswerPart, { type: "tool" }>;

/** The whole answer. */
export function openaiBody(answer: Answer, model: string, flavour: Flavour): JsonObject {
  return {
    id: answer.id ?? "chatcmpl-CfakeWhole",
    object: "chat.completion",
    created: CREATED,
    model: answer.model ?? model,
    choices: [{ index: 0, message: message(answer, flavour), logprobs: null, finish_reason: FINISH[finishOf(answer)] }],
    usage: usage(usageOf(answer), flavour),
    service_tier: "default",
    system_fingerprint: "fp_fake0001",
  };
}

function joined(parts: readonly AnswerPart[], type: "text" | "thinking" | "refusal"): string {
  return parts.map((part) => (part.type === type && "text" in part ? part.text : "")).join("");
}

function message(answer: Answer, flavour: Flavour): JsonObject {
  const { parts } = answer;
  const tools = parts.filter((part) => part.type === "tool");
  const content = joined(parts, "text");
  const body: JsonObject = {
    role: "assistant",
    content: content === "" ? null : content,
    refusal: joined(parts, "refusal") || null,
    annotations: [],
  };
  const thought = joined(parts, "thinking");
  if (flavour.reasoningField !== undefined && thought !== "") body[flavour.reasoningField] = thought;
  const details = parts.flatMap((part, index) => reasoningDetail(part, index));
  if (flavour.reasoningDetails === true && details.length > 0) body.reasoning_details = details;
  if (tools.length > 0) {
    body.tool_calls = tools.map(({ id, name, input }) => ({
      id,
      type: "function",
      function: { name, arguments: input },
    }));
  }
  return body;
}

function reasoningDetail(part: AnswerPart, index: number): JsonObject[] {
  const base = { format: "anthropic-claude-v1", index };
  if (part.type === "redacted") return [{ type: "reasoning.encrypted", data: part.data, ...base }];
  if (part.type !== "thinking") return [];
  return [{ type: "reasoning.text", text: part.text, signature: part.signature ?? null, ...base }];
}

function usage(tokens: AnswerUsage, flavour: Flavour): JsonObject {
  const { input, output, cached = 0, written, reasoning = 0 } = tokens;
  const prompt: JsonObject = { cached_tokens: cached, audio_tokens: 0 };
  if (written !== undefined) prompt.cache_write_tokens = written;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: prompt,
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    ...(flavour.hitAndMiss === true
      ? { prompt_cache_hit_tokens: cached, prompt_cache_miss_tokens: input - cached }
      : {}),
  };
}

/** The answer as the frames of a stream, `[DONE]` last. */
export function openaiFrames(
  answer: Answer,
  model: string,
  includeUsage: boolean,
  flavour: Flavour,
): readonly string[] {
  const base = {
    id: answer.id ?? "chatcmpl-CfakeStream",
    object: "chat.completion.chunk",
    created: CREATED,
    model: answer.model ?? model,
    service_tier: "default",
    system_fingerprint: "fp_fake0001",
  };
  const asked = includeUsage || flavour.usageAlways === true;
  const total = asked ? usage(usageOf(answer), flavour) : undefined;
  const chunk = (choices: JsonObject[], tokens: JsonObject | null = null): string =>
    `data: ${JSON.stringify({ ...base, choices, ...(asked ? { usage: tokens } : {}) })}\n\n`;
  const choice = (delta: JsonObject, finish: string | null = null): JsonObject => ({
    index: 0,
    delta: flavour.roleOnEveryDelta === true ? { role: "assistant", ...delta } : delta,
    logprobs: null,
    finish_reason: finish,
  });
  const onFinish = flavour.usageOnFinish === true ? (total ?? null) : null;
  return [
    ...(flavour.comment === undefined ? [] : [flavour.comment]),
    chunk([choice({ role: "assistant", content: "", refusal: null })]),
    ...deltas(answer, flavour).map((delta) => chunk([choice(delta)])),
    chunk([choice({}, FINISH[finishOf(answer)])], onFinish),
    ...(total !== undefined && flavour.usageOnFinish !== true ? [chunk([], total)] : []),
    "data: [DONE]\n\n",
  ];
}

function deltas(answer: Answer, flavour: Flavour): JsonObject[] {
  const { parts } = answer;
  const tools = parts.filter((part) => part.type === "tool");
  return [
    ...parts.flatMap((part, index) => contentDeltas(part, index, flavour)),
    ...(answer.interleaved === true
      ? interleaved(tools)
      : tools.flatMap((tool, index) => toolDeltas(tool, index, flavour))),
  ];
}

function contentDeltas(part: AnswerPart, index: number, flavour: Flavour): JsonObject[] {
  switch (part.type) {
    case "text":
      return pieces(part.text).map((content) => ({ content }));
    case "refusal":
      return pieces(part.text).map((refusal) => ({ refusal }));
    case "thinking":
      return thinkingDeltas(part, index, flavour);
    case "redacted":
      return flavour.reasoningDetails === true
        ? [{ content: "", reasoning_details: reasoningDetail(part, index) }]
        : [];
    case "tool":
      return [];
  }
}

/** OpenRouter sends a signature in a detail of its own, after the text, with the same index. */
function thinkingDeltas(
  part: Extract<AnswerPart, { type: "thinking" }>,
  index: number,
  flavour: Flavour,
): JsonObject[] {
  const { reasoningField, reasoningDetails } = flavour;
  if (reasoningField === undefined) return [];
  const base = { type: "reasoning.text", format: "anthropic-claude-v1", index };
  const said = pieces(part.text).map((words) => {
    const delta: JsonObject = { content: "", [reasoningField]: words };
    if (reasoningDetails === true) delta.reasoning_details = [{ ...base, text: words }];
    return delta;
  });
  if (reasoningDetails !== true || part.signature === undefined) return said;
  return [...said, { content: "", reasoning_details: [{ ...base, signature: part.signature }] }];
}

function opening(tool: ToolPart, index: number, input: string): JsonObject {
  return { index, id: tool.id, type: "function", function: { name: tool.name, arguments: input } };
}

function toolDeltas(tool: ToolPart, index: number, flavour: Flavour): JsonObject[] {
  if (flavour.wholeArguments === true) return [{ content: "", tool_calls: [opening(tool, index, tool.input)] }];
  return [
    { tool_calls: [opening(tool, index, "")] },
    ...jsonPieces(tool.input).map((input) => ({ tool_calls: [{ index, function: { arguments: input } }] })),
  ];
}

function interleaved(tools: readonly ToolPart[]): JsonObject[] {
  const cut = tools.map((tool) => jsonPieces(tool.input));
  const turns = Math.max(0, ...cut.map((list) => list.length));
  const inputs = Array.from({ length: turns }, (_, turn) =>
    cut.flatMap((list, index) => {
      const input = list[turn];
      return input === undefined ? [] : [{ tool_calls: [{ index, function: { arguments: input } }] }];
    }),
  );
  return [...tools.map((tool, index) => ({ tool_calls: [opening(tool, index, "")] })), ...inputs.flat()];
}
