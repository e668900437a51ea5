/** OpenAI's own client reads what the codec writes. */
import { describe, expect, test } from "bun:test";
import OpenAI, { APIError } from "openai";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent } from "#src/core/chat.ts";
import { formatSse } from "#src/core/sse.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { wrapSeal } from "#src/protocols/seal.ts";
import { encodeStream, responseTarget } from "#tests/contracts/codec.ts";

function client(answer: () => Response): OpenAI {
  return new OpenAI({ apiKey: "none", baseURL: "http://127.0.0.1:9/v1", maxRetries: 0, fetch: async () => answer() });
}

const question = { model: "m", input: "hi" };

const events: readonly ChatEvent[] = [
  { type: "start", id: "msg_1", model: "claude" },
  { type: "ping" },
  { type: "reasoning", block: 0, text: "Hm" },
  { type: "reasoning", block: 0, text: "." },
  { type: "reasoning", block: 0, text: "", signature: "s", sealedBy: "anthropic-messages" },
  { type: "block-end", block: 0 },
  { type: "text", block: 1, text: "Grüße " },
  { type: "text", block: 1, text: "🌍" },
  { type: "block-end", block: 1 },
  { type: "text", block: 2, text: "!" },
  {
    type: "citation",
    block: 2,
    citation: { protocol: "anthropic-messages", value: {}, url: "https://example.com", title: "E" },
  },
  { type: "tool-call", block: 3, id: "a", name: "f", kind: "function" },
  { type: "tool-call", block: 4, id: "b", name: "g", kind: "function" },
  { type: "tool-input", block: 4, text: '{"x":' },
  { type: "tool-call", block: 5, id: "c", name: "h", kind: "custom" },
  { type: "tool-input", block: 4, text: "1}" },
  { type: "tool-input", block: 5, text: "ls" },
  { type: "finish", reason: { unified: "tool-calls", raw: "tool_use" } },
  { type: "usage", usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: 2 } },
];

const output = [
  {
    type: "reasoning",
    summary: [{ type: "summary_text", text: "Hm." }],
    encrypted_content: wrapSeal("openai-responses", "anthropic-messages", "s"),
  },
  { type: "message", role: "assistant", status: "completed", content: [{ text: "Grüße 🌍" }, { text: "!" }] },
  { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
  { type: "function_call", call_id: "b", name: "g", arguments: '{"x":1}' },
  { type: "custom_tool_call", call_id: "c", name: "h", input: "ls" },
];

function streamed(list: readonly ChatEvent[]): Response {
  const text = encodeStream(openaiResponses, list, responseTarget).map(formatSse).join("");
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

describe("OpenAI's client", () => {
  test("gathers a stream", async () => {
    const response = await client(() => streamed(events))
      .responses.stream(question)
      .finalResponse();
    expect(response).toMatchObject({
      id: "resp_msg_1",
      model: "claude",
      status: "completed",
      output_text: "Grüße 🌍!",
      usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7, input_tokens_details: { cached_tokens: 2 } },
    });
    expect(response.output).toMatchObject(output);
  });

  test("is told each piece of text as it comes", async () => {
    const seen: string[] = [];
    const stream = client(() => streamed(events)).responses.stream(question);
    stream.on("response.output_text.delta", ({ delta }) => void seen.push(delta));
    await stream.finalResponse();
    expect(seen).toEqual(["Grüße ", "🌍", "!"]);
  });

  test("reads a whole answer", async () => {
    const { value } = openaiResponses.response.encode(fold(events), responseTarget);
    const response = await client(() => Response.json(value)).responses.create(question);
    expect(response.output_text).toBe("Grüße 🌍!");
    expect(response.output).toMatchObject(output);
  });

  test("gathers an answer that was cut short", async () => {
    const cut = [...events.slice(0, 7), { type: "finish", reason: { unified: "length", raw: "max_tokens" } } as const];
    const response = await client(() => streamed(cut))
      .responses.stream(question)
      .finalResponse();
    expect(response).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
  });

  test("throws the error of a stream that fails", async () => {
    const failed = [...events.slice(0, 7), { type: "error", code: "upstream_cut", message: "It was cut." } as const];
    const stream = client(() => streamed(failed)).responses.stream(question);
    const thrown: unknown = await stream.finalResponse().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(APIError);
    expect((thrown as APIError).message).toContain("It was cut.");
  });
});
