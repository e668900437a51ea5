import { describe, expect, test } from "bun:test";
import { mistral } from "#providers/mistral.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ANSWERS } from "#tests/contracts/provider-answers.ts";
import { sent } from "#tests/contracts/provider-sent.ts";
import { openProviderStage } from "#tests/contracts/provider-stage.ts";

const HI = [{ role: "user", content: "Hi." }];

describe("Mistral, which refuses what it does not know", () => {
  const own = { model: "mistral-large-latest", messages: HI, temperature: 0 };

  test("an OpenAI client's fields get its names, and what it has not is told", async () => {
    expect(
      await sent(mistral, "/v1/chat/completions", {
        ...own,
        max_completion_tokens: 9,
        seed: 7,
        user: "u-1",
        logprobs: null,
        stream_options: { include_usage: true },
      }),
    ).toEqual({ body: { ...own, max_tokens: 9, random_seed: 7 }, lost: "user" });
  });

  test("a request without them is not touched", async () => {
    const text = `{"model":"mistral-small", "messages":[{"role":"user","content":"Hi."}]}`;
    const stage = await openProviderStage(mistral, {}, () => Response.json(ANSWERS["openai-chat"]?.whole));
    await stage.ask("/v1/chat/completions", { method: "POST", body: text });
    expect(stage.asked[0]?.body).toBe(text);
    await stage.close();
  });

  test("nor is one for its embeddings", async () => {
    const text = '{"model":"mistral-embed", "input":"Hi."}';
    const stage = await openProviderStage(mistral, {}, () => Response.json({ object: "list", data: [] }));
    await stage.ask("/v1/embeddings", { method: "POST", body: text });
    expect(stage.asked[0]?.body).toBe(text);
    await stage.close();
  });

  /** Format: ThinkChunk and TextChunk of the npm package @mistralai/mistralai. */
  const parts = [
    { type: "thinking", thinking: [{ type: "text", text: "Look." }] },
    { type: "text", text: "Five." },
  ];
  const claude = JSON.stringify({ model: "magistral-medium-latest", max_tokens: 9, messages: HI });

  test("what it thought comes apart for a Claude client", async () => {
    const choices = [{ index: 0, message: { role: "assistant", content: parts }, finish_reason: "stop" }];
    const stage = await openProviderStage(mistral, {}, () =>
      Response.json({ id: "1", object: "chat.completion", model: "m", choices }),
    );
    const answer = await stage.ask("/v1/messages", { method: "POST", body: claude });
    expect(await answer.json()).toMatchObject({
      content: [
        { type: "thinking", thinking: "Look." },
        { type: "text", text: "Five." },
      ],
    });
    await stage.close();
  });

  test("so it does in a stream", async () => {
    const events = [[parts[0]], "Five.", ""].map((content, index) => ({
      id: "1",
      object: "chat.completion.chunk",
      model: "m",
      choices: [{ index: 0, delta: { content }, finish_reason: index === 2 ? "stop" : null }],
    }));
    const stream = [...events.map((event) => JSON.stringify(event)), "[DONE]"]
      .map((data) => `data: ${data}\n\n`)
      .join("");
    const stage = await openProviderStage(
      mistral,
      {},
      () => new Response(stream, { headers: { "content-type": "text/event-stream" } }),
    );
    const body = JSON.stringify({ ...JSON.parse(claude), stream: true });
    const answer = await (await stage.ask("/v1/messages", { method: "POST", body })).text();
    expect(answer).toContain('"thinking_delta","thinking":"Look."');
    expect(answer).toContain('"text_delta","text":"Five."');
    await stage.close();
  });

  test("a Gemini client's are converted to them", async () => {
    const { body } = await sent(mistral, "/v1beta/models/mistral-large-latest:generateContent", {
      contents: [{ role: "user", parts: [{ text: "Hi." }] }],
      generationConfig: { seed: 7, maxOutputTokens: 9, responseLogprobs: true },
    });
    expect(body).toEqual({ model: "mistral-large-latest", messages: HI, max_tokens: 9, random_seed: 7 });
  });

  test("a stream is not asked for usage, which it always has", async () => {
    const stage = await openProviderStage(
      mistral,
      {},
      () => new Response(ANSWERS["openai-chat"]?.stream, { headers: { "content-type": "text/event-stream" } }),
    );
    const body = JSON.stringify({ ...own, stream: true });
    await (await stage.ask("/v1/chat/completions", { method: "POST", body })).text();
    expect(JSON.parse(stage.asked[0]!.body)).toEqual({ ...own, stream: true });
    await stage.close();
  });
});

test("a Claude client's conversation has the effort, the ids and the thoughts that Mistral takes", async () => {
  const { body, lost } = await sent(mistral, "/v1/messages", {
    model: "mistral-small-latest",
    max_tokens: 9000,
    thinking: { type: "enabled", budget_tokens: 4096 },
    messages: [
      ...HI,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Look.", signature: "s" },
          { type: "tool_use", id: "toolu_01A09q90qw90lq917835lq9", name: "look", input: {} },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_01A09q90qw90lq917835lq9", content: "5" }] },
    ],
  });
  const [, assistant, result] = body["messages"] as [JsonObject, JsonObject, JsonObject];
  expect(body).toMatchObject({ reasoning_effort: "high" });
  expect(assistant).toMatchObject({
    content: [{ type: "thinking", thinking: [{ type: "text", text: "Look." }] }],
    tool_calls: [{ id: expect.stringMatching(/^[a-zA-Z0-9]{9}$/), function: { name: "look" } }],
  });
  expect(assistant).not.toHaveProperty("reasoning_content");
  expect(result).toMatchObject({ tool_call_id: (assistant["tool_calls"] as [JsonObject])[0]["id"] });
  expect(lost).toContain("reasoning.effort");
});
