/** OpenAI's own client reads what the codec writes. */
import { describe, expect, test } from "bun:test";
import OpenAI, { APIError } from "openai";
import type { ChatEvent } from "#src/core/chat.ts";
import { fold } from "#src/core/chat-fold.ts";
import { Fault } from "#src/core/fault.ts";
import { formatSse } from "#src/core/sse.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { encodeStream, responseTarget } from "#tests/contracts/codec.ts";

function client(answer: () => Response): OpenAI {
  return new OpenAI({ apiKey: "none", baseURL: "http://127.0.0.1:9/v1", maxRetries: 0, fetch: async () => answer() });
}

const question = { model: "m", messages: [{ role: "user" as const, content: "hi" }] };

const events: readonly ChatEvent[] = [
  { type: "start", id: "msg_1", model: "claude" },
  { type: "ping" },
  { type: "reasoning", block: 0, text: "Hm." },
  { type: "reasoning", block: 0, text: "", signature: "s" },
  { type: "text", block: 1, text: "Grüße " },
  { type: "text", block: 1, text: "🌍" },
  { type: "tool-call", block: 2, id: "a", name: "f", kind: "function" },
  { type: "tool-call", block: 3, id: "b", name: "g", kind: "function" },
  { type: "tool-input", block: 3, text: '{"x":' },
  { type: "tool-input", block: 3, text: "1}" },
  { type: "finish", reason: { unified: "tool-calls", raw: "tool_use" } },
  { type: "usage", usage: { inputTokens: 3, outputTokens: 4 } },
];

const message = {
  content: "Grüße 🌍",
  tool_calls: [
    { id: "a", function: { name: "f", arguments: "{}" } },
    { id: "b", function: { name: "g", arguments: '{"x":1}' } },
  ],
};

function eventStream(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

describe("OpenAI's client", () => {
  test("gathers a stream", async () => {
    const text = encodeStream(openaiChat, events, responseTarget).map(formatSse).join("");
    const stream = client(() => eventStream(text)).chat.completions.stream(question);
    const completion = await stream.finalChatCompletion();
    expect(completion).toMatchObject({
      id: "msg_1",
      model: "claude",
      choices: [{ finish_reason: "tool_calls", message }],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    });
  });

  test("reads a whole answer", async () => {
    const { value } = openaiChat.response.encode(fold(events), responseTarget);
    const completion = await client(() => Response.json(value)).chat.completions.create(question);
    expect(completion.choices[0]).toMatchObject({ finish_reason: "tool_calls", message });
  });

  test("throws the error of a stream that fails", async () => {
    const failed = [...events.slice(0, 5), { type: "error", code: "upstream_cut", message: "It was cut." } as const];
    const text = encodeStream(openaiChat, failed, responseTarget).map(formatSse).join("");
    const stream = client(() => eventStream(text)).chat.completions.stream(question);
    const thrown: unknown = await stream.finalChatCompletion().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(APIError);
    expect((thrown as APIError).message).toContain("It was cut.");
  });

  test("throws the error of a refused request, with its parts", async () => {
    const fault = new Fault("invalid_request", "messages[0].role is required.", { param: "messages[0].role" });
    const answer = (): Response => Response.json(openaiChat.error.encode(fault, "r"), { status: fault.status });
    const thrown: unknown = await client(answer)
      .chat.completions.create(question)
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ status: 400, type: "invalid_request_error", param: "messages[0].role" });
  });
});
