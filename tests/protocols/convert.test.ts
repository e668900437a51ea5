/** Whole answers and streams from one protocol to the other, read by the vendors' own clients. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fold } from "#src/core/chat-fold.ts";
import type { Codec, ResponseTarget } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { SseEvent, SseFrame } from "#src/core/sse.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { sseEvents } from "#tests/contracts/codec.ts";
import { anthropicMessage, anthropicStream, openaiCompletion, openaiStream } from "./sdk-clients.ts";
import { checkGrammar } from "./anthropic-messages/grammar.ts";

const target: ResponseTarget = { includeUsage: true, now: () => 1_700_000_000_000, id: () => "made" };

interface Converted {
  readonly frames: SseFrame[];
  readonly losses: string[];
}

function convert(from: Codec, to: Codec, events: readonly SseEvent[]): Converted {
  const decoder = from.stream.decoder();
  const encoder = to.stream.encoder(target);
  const write = (list: ReturnType<typeof decoder.step>): SseFrame[] => list.flatMap((event) => encoder.step(event));
  const frames = [...events.flatMap((event) => write(decoder.step(event))), ...write(decoder.end()), ...encoder.end()];
  return { frames, losses: encoder.losses.map(({ field }) => field) };
}

/** OpenAI's chunks of one choice: deltas, then the finish reason, then usage if there is any. */
function chunks(deltas: JsonObject[], finish: string, usage?: JsonObject): SseEvent[] {
  const chunk = (fields: JsonObject): SseEvent => ({
    event: "",
    data: JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "gpt-5", ...fields }),
  });
  const choice = (delta: JsonObject, reason: string | null): SseEvent =>
    chunk({ choices: [{ index: 0, delta, finish_reason: reason }] });
  return [
    choice({ role: "assistant", content: "" }, null),
    ...deltas.map((delta) => choice(delta, null)),
    choice({}, finish),
    ...(usage === undefined ? [] : [chunk({ choices: [], usage })]),
    { event: "", data: "[DONE]" },
  ];
}

function completion(message: JsonObject, finish: string, usage?: JsonObject): JsonObject {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt-5",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish, logprobs: null }],
    ...(usage === undefined ? {} : { usage }),
  };
}

async function toClaude(events: SseEvent[]): Promise<Awaited<ReturnType<typeof anthropicStream>>> {
  const { frames } = convert(openaiChat, anthropicMessages, events);
  checkGrammar(frames, {});
  return anthropicStream(frames);
}

const call = (index: number, fields: JsonObject): JsonObject => ({ tool_calls: [{ index, ...fields }] });
const piece = (index: number, text: string): JsonObject => call(index, { function: { arguments: text } });
const head = (index: number, id: string, name: string, text = ""): JsonObject =>
  call(index, { id, type: "function", function: { name, arguments: text } });

describe("OpenAI's streams in Anthropic's client", () => {
  test("parallel calls that interleave", async () => {
    const message = await toClaude(
      chunks(
        [
          head(0, "call_a", "f", `{"a"`),
          head(1, "call_b", "g"),
          piece(1, `{"b":`),
          piece(0, ":1}"),
          head(2, "call_c", "h"),
          piece(1, "2}"),
        ],
        "tool_calls",
      ),
    );
    expect(message.stop_reason).toBe("tool_use");
    expect(message.content).toEqual([
      { type: "tool_use", id: "call_a", name: "f", input: { a: 1 }, caller: { type: "direct" } },
      { type: "tool_use", id: "call_b", name: "g", input: { b: 2 }, caller: { type: "direct" } },
      { type: "tool_use", id: "call_c", name: "h", input: {}, caller: { type: "direct" } },
    ]);
  });

  test("reasoning, text and a call, with the usage in Anthropic's arithmetic", async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 30,
      total_tokens: 130,
      prompt_tokens_details: { cached_tokens: 60 },
      completion_tokens_details: { reasoning_tokens: 12 },
    };
    const message = await toClaude(
      chunks(
        [
          { reasoning_content: "Let me " },
          { reasoning_content: "think." },
          { content: "I shall " },
          { content: "look." },
          head(0, "call_a", "f", "{}"),
        ],
        "tool_calls",
        usage,
      ),
    );
    expect(message).toMatchObject({
      id: "chatcmpl-1",
      type: "message",
      role: "assistant",
      model: "gpt-5",
      stop_reason: "tool_use",
      stop_sequence: null,
      content: [
        { type: "thinking", thinking: "Let me think.", signature: "" },
        { type: "text", text: "I shall look." },
        { type: "tool_use", id: "call_a", input: {} },
      ],
      usage: {
        input_tokens: 40,
        cache_read_input_tokens: 60,
        output_tokens: 30,
        output_tokens_details: { thinking_tokens: 12 },
      },
    });
  });

  test("a refusal", async () => {
    const message = await toClaude(chunks([{ refusal: "I can" }, { refusal: "not." }], "stop"));
    expect(message).toMatchObject({ stop_reason: "refusal", content: [{ type: "text", text: "I cannot." }] });
  });

  test("an empty answer", async () => {
    const message = await toClaude(chunks([], "stop"));
    expect(message).toMatchObject({ stop_reason: "end_turn", content: [], usage: { output_tokens: 0 } });
  });

  test.each([
    ["length", "max_tokens"],
    ["content_filter", "refusal"],
    ["stop", "end_turn"],
  ])("%s", async (reason, expected) => {
    const message = await toClaude(chunks([{ content: "a" }], reason));
    expect(message.stop_reason as string).toBe(expected);
  });

  test("a stream that is cut is an error to the client", async () => {
    const { frames } = convert(openaiChat, anthropicMessages, chunks([{ content: "half" }], "stop").slice(0, 2));
    let thrown: unknown;
    try {
      await anthropicStream(frames);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ type: "api_error" });
  });
});

const fixture = (name: string): SseEvent[] => {
  const bytes = readFileSync(new URL(`../fixtures/anthropic-messages/${name}`, import.meta.url));
  return sseEvents(bytes, [bytes.length]);
};

describe("Anthropic's streams in OpenAI's client", () => {
  test("text, with the usage in OpenAI's arithmetic", async () => {
    const answer = await openaiStream(convert(anthropicMessages, openaiChat, fixture("text.sse")).frames);
    expect(answer).toMatchObject({
      id: expect.stringContaining("msg_01Text"),
      model: "claude-sonnet-4-5-20250929",
      choices: [{ finish_reason: "stop", message: { role: "assistant", content: "Grüße 👋!" } }],
      usage: {
        prompt_tokens: 142,
        completion_tokens: 15,
        total_tokens: 157,
        prompt_tokens_details: { cached_tokens: 100 },
      },
    });
  });

  test("thinking, text, a call and one without arguments", async () => {
    const answer = await openaiStream(convert(anthropicMessages, openaiChat, fixture("thinking-tools.sse")).frames);
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: "Let me look.",
        tool_calls: [
          { id: "toolu_A", type: "function", function: { name: "get_weather", arguments: `{"city": "Paris"}` } },
          { id: "toolu_B", type: "function", function: { name: "get_time", arguments: "{}" } },
        ],
      },
    });
    expect(answer.usage?.completion_tokens_details?.reasoning_tokens).toBe(40);
  });

  test("a server's tool is a loss, what was found is cited", async () => {
    const { frames, losses } = convert(anthropicMessages, openaiChat, fixture("server-tool.sse"));
    const answer = await openaiStream(frames);
    expect(answer.choices[0]?.message.content).toBe("High tide is at noon.");
    expect(losses).toContain("choices[0].content[0]");
    expect(losses).toContain("choices[0].content[1]");
  });

  test("an error in the middle is an error to the client", async () => {
    let thrown: unknown;
    try {
      await openaiStream(convert(anthropicMessages, openaiChat, fixture("overloaded.sse")).frames);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    expect((thrown as Error).message).toContain("Overloaded");
  });
});

describe("there and back", () => {
  test.each(["text.sse", "thinking-tools.sse"])(
    "%s through OpenAI's form is the same to Anthropic's client",
    async (name) => {
      const there = convert(anthropicMessages, openaiChat, fixture(name)).frames;
      const events = there.flatMap((frame) => ("data" in frame ? [{ event: "", data: frame.data }] : []));
      const { frames } = convert(openaiChat, anthropicMessages, events);
      checkGrammar(frames, {});
      const direct = await anthropicStream(convert(anthropicMessages, anthropicMessages, fixture(name)).frames);
      const back = await anthropicStream(frames);
      expect(back.content).toEqual(direct.content);
      expect(back.stop_reason).toBe(direct.stop_reason);
      expect(back.usage.output_tokens).toBe(direct.usage.output_tokens);
      expect(back.usage.cache_read_input_tokens).toBe(direct.usage.cache_read_input_tokens);
    },
  );
});

describe("whole answers", () => {
  const message = (body: JsonObject): Promise<Awaited<ReturnType<typeof anthropicMessage>>> =>
    anthropicMessage(anthropicMessages.response.encode(fold(openaiChat.response.decode(body)), target).value);

  test("OpenAI's in Anthropic's client", async () => {
    const tool = { id: "call_a", type: "function", function: { name: "f", arguments: `{"a":[1]}` } };
    const body = completion({ content: "Hm.", reasoning_content: "Think.", tool_calls: [tool] }, "tool_calls", {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4 },
    });
    expect(await message(body)).toMatchObject({
      stop_reason: "tool_use",
      content: [
        { type: "thinking", thinking: "Think.", signature: "" },
        { type: "text", text: "Hm." },
        { type: "tool_use", id: "call_a", name: "f", input: { a: [1] } },
      ],
      usage: { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 5 },
    });
  });

  test("a refusal, and nothing at all", async () => {
    expect(await message(completion({ content: null, refusal: "No." }, "stop"))).toMatchObject({
      stop_reason: "refusal",
      content: [{ type: "text", text: "No." }],
    });
    expect(await message(completion({ content: null }, "stop"))).toMatchObject({
      stop_reason: "end_turn",
      content: [],
    });
  });

  test("Anthropic's in OpenAI's client", async () => {
    const body = JSON.parse(
      readFileSync(new URL("../fixtures/anthropic-messages/message.json", import.meta.url), "utf8"),
    ) as JsonObject;
    const wire = openaiChat.response.encode(fold(anthropicMessages.response.decode(body)), target).value;
    expect(await openaiCompletion(wire)).toMatchObject({
      choices: [
        {
          finish_reason: "tool_calls",
          message: {
            content: "The grass is green.",
            tool_calls: [
              { id: "toolu_1", function: { name: "f", arguments: `{"a":[1,{"b":null}]}` } },
              { id: "toolu_2", function: { name: "g", arguments: "{}" } },
            ],
          },
        },
      ],
      usage: { prompt_tokens: 22, completion_tokens: 20, total_tokens: 42 },
    });
  });
});

describe("requests", () => {
  const dialect = { reasoningDetails: true, cacheControl: true } as const;

  test("a tool conversation with thinking goes to OpenAI's form and back", () => {
    const body: JsonObject = {
      model: "m",
      max_tokens: 100,
      system: "Be brief.",
      messages: [
        { role: "user", content: "Weather?" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Two cities.", signature: "c2ln" },
            { type: "text", text: "Looking." },
            { type: "tool_use", id: "toolu_1", name: "f", input: { city: "Oslo" } },
            { type: "tool_use", id: "toolu_2", name: "f", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: "rain" },
            { type: "tool_result", tool_use_id: "toolu_2", content: "sun" },
            { type: "text", text: "And?" },
          ],
        },
      ],
      tools: [
        { name: "f", description: "F.", input_schema: { type: "object", additionalProperties: false }, strict: true },
      ],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      stop_sequences: ["END"],
      temperature: 0.5,
      metadata: { user_id: "u" },
    };
    const there = openaiChat.request.encode(anthropicMessages.request.decode(body), { model: "m", dialect });
    expect(there.losses).toEqual([]);
    const back = anthropicMessages.request.encode(openaiChat.request.decode(there.value), { model: "m", dialect: {} });
    expect(back.losses).toEqual([]);
    expect(back.value).toEqual(body);
  });
});
