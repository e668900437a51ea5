import { KINDS, type Kind, type Wire } from "./scenario.ts";

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

const ANSWERS = {
  openai: Object.fromEntries(KINDS.map((kind) => [kind, canned("openai", kind)])) as Record<Kind, Canned>,
  claude: Object.fromEntries(KINDS.map((kind) => [kind, canned("claude", kind)])) as Record<Kind, Canned>,
};

/** The answer to a whole HTTP request. */
export function answerFor(request: string): Canned {
  const wire = request.slice(0, request.indexOf("\r\n")).includes("/messages") ? "claude" : "openai";
  const kind = KINDS.find((name) => request.includes(`bench-${name}`)) ?? "json";
  return ANSWERS[wire][kind];
}
