import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { echo } from "#providers/echo.ts";
import { configure } from "#tests/contracts/provider.ts";

const provider = configure(echo);
const send = (url: string | URL | Request, init?: RequestInit): Promise<Response> =>
  provider.send!(url instanceof Request ? url : new Request(url.toString(), init));
const openai = new OpenAI({ apiKey: "none", baseURL: "http://echo.invalid/v1", fetch: send, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: "none", baseURL: "http://echo.invalid", fetch: send, maxRetries: 0 });

const messages = [{ role: "user" as const, content: 'Please call weather {"city":"Rome"}' }];
const parameters = { type: "object" as const, properties: { city: { type: "string" } } };

describe("OpenAI's own client", () => {
  const tools = [{ type: "function" as const, function: { name: "weather", parameters } }];

  test("reads a stream to its end, tool calls and usage included", async () => {
    const runner = openai.chat.completions.stream({
      model: "m",
      messages,
      tools,
      stream_options: { include_usage: true },
    });
    const { choices, usage } = await runner.finalChatCompletion();
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: "weather", arguments: '{"city":"Rome"}' },
    });
    expect(usage?.total_tokens).toBeGreaterThan(0);
  });

  test("gets an error of its own kind", async () => {
    const wrong = openai.chat.completions.create({ model: "m", messages: "none" as never });
    expect(await wrong.catch((error: unknown) => error)).toBeInstanceOf(OpenAI.BadRequestError);
  });

  test("lists the models", async () => {
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(["echo"]);
  });
});

describe("Anthropic's own client", () => {
  const tools = [{ name: "weather", input_schema: parameters }];

  test("reads a stream to its end, thinking and tools included", async () => {
    const stream = anthropic.messages.stream({
      model: "m",
      max_tokens: 2000,
      messages,
      tools,
      thinking: { type: "enabled", budget_tokens: 1024 },
    });
    const { content, stop_reason: reason } = await stream.finalMessage();
    expect(content.map(({ type }) => type)).toEqual(["thinking", "tool_use"]);
    expect(content[1]).toMatchObject({ name: "weather", input: { city: "Rome" } });
    expect(reason).toBe("tool_use");
  });

  test("gets an error of its own kind", async () => {
    const wrong = anthropic.messages.create({ model: "m", max_tokens: 10, messages: "none" as never });
    expect(await wrong.catch((error: unknown) => error)).toBeInstanceOf(Anthropic.BadRequestError);
  });

  test("lists the models", async () => {
    expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(["echo"]);
  });
});
