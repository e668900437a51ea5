import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { APICallError, generateText, isStepCount, type LanguageModel, Output, streamText, tool } from "ai";
import { z } from "zod";
import { BOTH, providerOf, routeOf } from "#tests/support/kinds.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";
import { answering, failing, text } from "#tests/support/upstream/script.ts";

const stage = await openStage((upstream) => ({
  providers: BOTH.map((kind) => providerOf(kind, upstream, { failover: { enabled: false } })),
  routes: BOTH.map((kind) => routeOf(kind)),
}));
const { upstream, gateway } = stage;
const openai = createOpenAI({ apiKey: "client-key", baseURL: `${gateway.origin}/v1` });
const anthropic = createAnthropic({ apiKey: "client-key", baseURL: `${gateway.origin}/v1` });

const CLIENTS: readonly (readonly [client: string, model: (name: string) => LanguageModel])[] = [
  ["@ai-sdk/openai by chat", (name) => openai.chat(name)],
  ["@ai-sdk/openai by Responses", (name) => openai.responses(name)],
  ["@ai-sdk/anthropic", (name) => anthropic(name)],
];

const weather = tool({
  description: "The weather of a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `snow in ${city}`,
});

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

describe.each(CLIENTS)("%s", (_client, modelOf) => {
  describe.each(BOTH.map((kind) => [kind.type] as const))("with a %s provider", (type) => {
    const model = modelOf(`${type}/x`);

    test("generates text", async () => {
      upstream.reply(text("Grüezi 雪", { usage: { input: 30, output: 12 } }));
      const answer = await generateText({ model, prompt: "Hi", maxRetries: 0 });
      expect(answer.text).toBe("Grüezi 雪");
      expect(answer.finishReason).toBe("stop");
      expect(answer.usage).toMatchObject({ inputTokens: 30, outputTokens: 12 });
    });

    test("streams text", async () => {
      upstream.reply(text("one two three", { usage: { input: 30, output: 12 } }));
      const answer = streamText({ model, prompt: "Hi", maxRetries: 0 });
      expect((await Array.fromAsync(answer.textStream)).join("")).toBe("one two three");
      expect(await answer.finishReason).toBe("stop");
      expect(await answer.usage).toMatchObject({ inputTokens: 30, outputTokens: 12 });
    });

    test.each([false, true])("runs tools in several steps, streamed: %p", async (streamed) => {
      upstream.reply(
        answering([
          { type: "tool", id: "call_1", name: "weather", input: '{"city":"Bern"}' },
          { type: "tool", id: "call_2", name: "weather", input: '{"city":"Chur"}' },
        ]),
      );
      upstream.reply(text("Snow in both."));
      const options = { model, tools: { weather }, stopWhen: isStepCount(3), prompt: "Weather?", maxRetries: 0 };
      const said = streamed ? await streamText(options).text : (await generateText(options)).text;
      expect(said).toBe("Snow in both.");
      expect(upstream.requests).toHaveLength(2);
      expect(JSON.stringify(upstream.last.json)).toContain("snow in Bern");
      expect(JSON.stringify(upstream.last.json)).toContain("snow in Chur");
    });

    test("makes an object", async () => {
      upstream.serve(({ json }) => objectAnswer(json));
      const output = Output.object({ schema: z.object({ city: z.string() }) });
      const answer = await generateText({ model, prompt: "A city.", output, maxRetries: 0 });
      expect(answer.output).toEqual({ city: "Bern" });
    });

    test("knows an error's status", async () => {
      upstream.serve(failing(429, { headers: { "retry-after": "3" } }));
      const thrown = await thrownBy(generateText({ model, prompt: "Hi", maxRetries: 0 }));
      expect(APICallError.isInstance(thrown)).toBe(true);
      expect(thrown).toMatchObject({ statusCode: 429, isRetryable: true });
    });
  });
});

/** The client asks for the object by a format, or by a tool the model must call. */
function objectAnswer(json: { readonly tools?: unknown }): ReturnType<typeof text> {
  const object = '{"city":"Bern"}';
  const [first] = (json.tools ?? []) as { name?: string; function?: { name: string } }[];
  const name = first?.name ?? first?.function?.name;
  return name === undefined ? text(object) : answering([{ type: "tool", id: "call_1", name, input: object }]);
}

test("a client that names earlier turns by their ids alone goes on with a provider that keeps none", async () => {
  const sent: unknown[] = [];
  const spied = Object.assign(
    (url: string | URL | Request, init?: RequestInit) => {
      sent.push(init?.body);
      return fetch(url, init);
    },
    { preconnect: fetch.preconnect },
  );
  const client = createOpenAI({ apiKey: "client-key", baseURL: `${gateway.origin}/v1`, fetch: spied });
  const model = client.responses("claude/x");
  upstream.reply(text("My name is Echo."));
  const first = await generateText({ model, prompt: "Who are you?", maxRetries: 0 });
  upstream.reply(text("I said so."));
  const question = { role: "user", content: "Who are you?" } as const;
  const again = { role: "user", content: "Say it again." } as const;
  const { text: answer } = await generateText({
    model,
    messages: [question, ...first.response.messages, again],
    maxRetries: 0,
  });
  expect(answer).toBe("I said so.");
  expect(sent.at(-1)).toContain("item_reference");
  expect(JSON.stringify(upstream.last.json["messages"])).toContain("My name is Echo.");
});
