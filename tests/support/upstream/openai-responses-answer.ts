/**
 * Answers of OpenAI's Responses API as it sends them: `Response` and `ResponseStreamEvent` of the `openai` package, and
 * platform.openai.com/docs/api-reference/responses-streaming.
 */
import type { JsonObject } from "#src/core/json.ts";
import type { Answer, AnswerPart, AnswerUsage } from "./script.ts";
import { finishOf, jsonPieces, pieces, usageOf } from "./script.ts";

const CREATED = 1_760_000_000;

/** The whole answer. */
export function responsesBody(answer: Answer, model: string): JsonObject {
  const reason = reasonOf(answer);
  return {
    ...envelope(answer, model),
    status: reason === undefined ? "completed" : "incomplete",
    incomplete_details: reason === undefined ? null : { reason },
    output: itemsOf(answer).map(({ item }) => item),
    usage: usage(usageOf(answer)),
  };
}

/** Why an answer is not complete. */
function reasonOf(answer: Answer): string | undefined {
  const finish = finishOf(answer);
  if (finish === "length") return "max_output_tokens";
  return finish === "filtered" ? "content_filter" : undefined;
}

function envelope(answer: Answer, model: string): JsonObject {
  return {
    id: answer.id ?? "resp_fake01",
    object: "response",
    created_at: CREATED,
    status: "in_progress",
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: answer.model ?? model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: "medium", summary: null },
    service_tier: "default",
    store: false,
    temperature: 1,
    text: { format: { type: "text" }, verbosity: "medium" },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    usage: null,
    metadata: {},
  };
}

function usage({ input, output, cached = 0, reasoning = 0 }: AnswerUsage): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

/** An item, and the parts of the answer it shows: texts share one message. */
interface Item {
  readonly item: JsonObject;
  readonly parts: readonly AnswerPart[];
}

function itemsOf(answer: Answer): Item[] {
  const { parts } = answer;
  return parts.map((part, index): Item => {
    const item = itemOf(part, index);
    // The message that an answer was cut short in is incomplete itself.
    if (index === parts.length - 1 && reasonOf(answer) !== undefined && item.type === "message") {
      item.status = "incomplete";
    }
    return { item, parts: [part] };
  });
}

function itemOf(part: AnswerPart, index: number): JsonObject {
  switch (part.type) {
    case "text":
    case "refusal":
      return { id: `msg_${index}`, type: "message", status: "completed", role: "assistant", content: [content(part)] };
    case "thinking":
      return {
        id: `rs_${index}`,
        type: "reasoning",
        summary: [{ type: "summary_text", text: part.text }],
        ...(part.signature === undefined ? {} : { encrypted_content: part.signature }),
      };
    case "redacted":
      return { id: `rs_${index}`, type: "reasoning", summary: [], encrypted_content: part.data };
    case "tool":
      return {
        id: `fc_${index}`,
        type: "function_call",
        status: "completed",
        arguments: part.input || "{}",
        call_id: part.id,
        name: part.name,
      };
  }
}

function content(part: Extract<AnswerPart, { type: "text" | "refusal" }>): JsonObject {
  return part.type === "text"
    ? { type: "output_text", annotations: [], logprobs: [], text: part.text }
    : { type: "refusal", refusal: part.text };
}

/** The answer as the frames of a stream, `response.completed` or `response.incomplete` last. */
export function responsesFrames(answer: Answer, model: string): readonly string[] {
  const whole = responsesBody(answer, model);
  const begin = { response: envelope(answer, model) };
  const events: (readonly [type: string, fields: JsonObject])[] = [
    ["response.created", begin],
    ["response.in_progress", begin],
    ...itemsOf(answer).flatMap(({ item, parts }, index) => itemEvents(item, parts, index)),
    [reasonOf(answer) === undefined ? "response.completed" : "response.incomplete", { response: whole }],
  ];
  return events.map(([type, fields], index) => responsesFrame(type, { ...fields, sequence_number: index }));
}

/** One event as the vendor writes it. */
export function responsesFrame(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

type Event = readonly [type: string, fields: JsonObject];

function itemEvents(item: JsonObject, parts: readonly AnswerPart[], index: number): Event[] {
  const at = { item_id: item.id ?? null, output_index: index };
  return [
    ["response.output_item.added", { output_index: index, item: opened(item) }],
    ...parts.flatMap((part) => partEvents(part, at)),
    ["response.output_item.done", { output_index: index, item }],
  ];
}

/** An item as it opens: what its events bring is left out of it. */
function opened(item: JsonObject): JsonObject {
  switch (item.type) {
    case "message":
      return { ...item, status: "in_progress", content: [] };
    case "reasoning":
      return { ...item, summary: [] };
    default:
      return { ...item, status: "in_progress", arguments: "" };
  }
}

function partEvents(part: AnswerPart, item: JsonObject): Event[] {
  switch (part.type) {
    case "text":
      return textEvents(part, { ...item, content_index: 0 }, "output_text", "text");
    case "refusal":
      return textEvents(part, { ...item, content_index: 0 }, "refusal", "refusal");
    case "thinking":
      return summaryEvents(part.text, { ...item, summary_index: 0 });
    case "redacted":
      return [];
    case "tool":
      return [
        ...jsonPieces(part.input || "{}").map((delta): Event => [
          "response.function_call_arguments.delta",
          { ...item, delta },
        ]),
        ["response.function_call_arguments.done", { ...item, arguments: part.input || "{}" }],
      ];
  }
}

function textEvents(
  part: Extract<AnswerPart, { type: "text" | "refusal" }>,
  at: JsonObject,
  kind: string,
  field: string,
): Event[] {
  const logprobs: JsonObject = part.type === "text" ? { logprobs: [] } : {};
  const empty = { ...content(part), [field]: "" };
  return [
    ["response.content_part.added", { ...at, part: empty }],
    ...pieces(part.text).map((delta): Event => [`response.${kind}.delta`, { ...at, delta, ...logprobs }]),
    [`response.${kind}.done`, { ...at, [field]: part.text, ...logprobs }],
    ["response.content_part.done", { ...at, part: content(part) }],
  ];
}

function summaryEvents(text: string, at: JsonObject): Event[] {
  const part = { type: "summary_text", text };
  return [
    ["response.reasoning_summary_part.added", { ...at, part: { ...part, text: "" } }],
    ...pieces(text).map((delta): Event => ["response.reasoning_summary_text.delta", { ...at, delta }]),
    ["response.reasoning_summary_text.done", { ...at, text }],
    ["response.reasoning_summary_part.done", { ...at, part }],
  ];
}
