import { KINDS, type Kind, type Wire, WIRES } from "./scenario.ts";

/** An answer of the fake upstream, as bytes ready for the socket. */
export interface Canned {
  readonly kind: Kind;
  /** Status, headers, and what of the body comes at once. */
  readonly head: Uint8Array;
  /** One chunk with one event. */
  readonly event: Uint8Array;
  /** One large chunk of many events. */
  readonly piece: Uint8Array;
  /** The last chunks: finish reason, usage, terminator, end of the body. */
  readonly tail: Uint8Array;
}

const TEXT =
  "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore. ".repeat(16);
const encoder = new TextEncoder();

const chunked = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const openaiChunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({
    id: "chatcmpl-9f8e7d6c5b4a",
    object: "chat.completion.chunk",
    created: 1_760_000_000,
    model: "bench-model",
    service_tier: "default",
    system_fingerprint: "fp_0123456789",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })}\n\n`;

const openaiUsage = (): string =>
  `data: ${JSON.stringify({
    id: "chatcmpl-9f8e7d6c5b4a",
    object: "chat.completion.chunk",
    created: 1_760_000_000,
    model: "bench-model",
    choices: [],
    usage: { prompt_tokens: 20, completion_tokens: 80, total_tokens: 100 },
  })}\n\n`;

const claudeEvent = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

let sequence = 0;

function responsesEvent(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`;
}

const PLACE = { item_id: "msg_9f8e7d6c5b4a", output_index: 0, content_index: 0 };

function textPart(text: string): object {
  return { type: "output_text", annotations: [], logprobs: [], text };
}

function messageItem(text: string): object {
  return { id: PLACE.item_id, type: "message", status: "completed", role: "assistant", content: [textPart(text)] };
}

function responseObject(status: string, output: object[]): object {
  return {
    id: "resp_9f8e7d6c5b4a",
    object: "response",
    created_at: 1_760_000_000,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    model: "bench-model",
    output,
    parallel_tool_calls: true,
    store: false,
    tool_choice: "auto",
    tools: [],
    usage: status === "completed" ? { input_tokens: 150, output_tokens: 350, total_tokens: 500 } : null,
  };
}

function geminiAnswer(text: string, finishReason: string | undefined): object {
  const finish = finishReason === undefined ? {} : { finishReason };
  return {
    candidates: [{ content: { parts: [{ text }], role: "model" }, ...finish, index: 0 }],
    usageMetadata: { promptTokenCount: 150, candidatesTokenCount: 350, totalTokenCount: 500 },
    modelVersion: "bench-model",
    responseId: "9f8e7d6c5b4a",
  };
}

function geminiEvent(text: string, finishReason: string | undefined): string {
  return `data: ${JSON.stringify(geminiAnswer(text, finishReason))}\n\n`;
}

const BODIES: Record<Wire, { json: object; first: string; event: string; tail: string }> = {
  openai: {
    json: {
      id: "chatcmpl-9f8e7d6c5b4a",
      object: "chat.completion",
      created: 1_760_000_000,
      model: "bench-model",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: TEXT, refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 150, completion_tokens: 350, total_tokens: 500 },
    },
    first: openaiChunk({ role: "assistant", content: "" }, null),
    event: openaiChunk({ content: " token" }, null),
    tail: openaiChunk({}, "stop") + openaiUsage() + "data: [DONE]\n\n",
  },
  claude: {
    json: {
      id: "msg_9f8e7d6c5b4a",
      type: "message",
      role: "assistant",
      model: "bench-model",
      content: [{ type: "text", text: TEXT }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 150, output_tokens: 350 },
    },
    first:
      claudeEvent("message_start", {
        message: {
          id: "msg_9f8e7d6c5b4a",
          type: "message",
          role: "assistant",
          model: "bench-model",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 20, output_tokens: 1 },
        },
      }) + claudeEvent("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    event: claudeEvent("content_block_delta", { index: 0, delta: { type: "text_delta", text: " token" } }),
    tail:
      claudeEvent("content_block_stop", { index: 0 }) +
      claudeEvent("message_delta", {
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: 80 },
      }) +
      claudeEvent("message_stop", {}),
  },
  responses: {
    json: responseObject("completed", [messageItem(TEXT)]),
    first:
      responsesEvent("response.created", { response: responseObject("in_progress", []) }) +
      responsesEvent("response.output_item.added", { output_index: 0, item: { ...messageItem(""), content: [] } }) +
      responsesEvent("response.content_part.added", { ...PLACE, part: textPart("") }),
    event: responsesEvent("response.output_text.delta", { ...PLACE, delta: " token", logprobs: [] }),
    tail:
      responsesEvent("response.output_text.done", { ...PLACE, text: TEXT, logprobs: [] }) +
      responsesEvent("response.content_part.done", { ...PLACE, part: textPart(TEXT) }) +
      responsesEvent("response.output_item.done", { output_index: 0, item: messageItem(TEXT) }) +
      responsesEvent("response.completed", { response: responseObject("completed", [messageItem(TEXT)]) }),
  },
  gemini: {
    json: geminiAnswer(TEXT, "STOP"),
    first: geminiEvent("", undefined),
    event: geminiEvent(" token", undefined),
    tail: geminiEvent("", "STOP"),
  },
};

function canned(wire: Wire, kind: Kind): Canned {
  const body = BODIES[wire];
  const event = encoder.encode(chunked(body.event));
  const piece = encoder.encode(chunked(body.event.repeat(Math.ceil(65_536 / body.event.length))));
  const tail = encoder.encode(`${chunked(body.tail)}0\r\n\r\n`);
  if (kind === "json") {
    const json = JSON.stringify(body.json);
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
    return { kind, head: encoder.encode(head), event, piece, tail };
  }
  const head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
  return { kind, head: encoder.encode(head + chunked(body.first)), event, piece, tail };
}

const ANSWERS = new Map(WIRES.flatMap((wire) => KINDS.map((kind) => [`${wire} ${kind}`, canned(wire, kind)] as const)));

/** How the first line of a request tells the wire; OpenAI's otherwise. */
const MARKS: readonly (readonly [mark: string, wire: Wire])[] = [
  ["/messages", "claude"],
  ["/responses", "responses"],
  ["GenerateContent", "gemini"],
  ["generateContent", "gemini"],
];

/** The answer to a whole HTTP request. */
export function answerFor(request: string): Canned {
  const lineEnd = request.indexOf("\r\n");
  const found = MARKS.find(([mark]) => request.lastIndexOf(mark, lineEnd) >= 0);
  const wire = found?.[1] ?? "openai";
  const kind = KINDS.find((name) => request.includes(`bench-${name}`)) ?? "json";
  return ANSWERS.get(`${wire} ${kind}`)!;
}

/** The whole answer of a wire, parsed. */
export function wholeAnswer(wire: Wire): object {
  return BODIES[wire].json;
}
