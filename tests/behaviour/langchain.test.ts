/** LangChain's chat models through the whole gateway, each with a provider of its own protocol and one of the other. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ChatAnthropic } from "@langchain/anthropic";
import {
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import { KINDS, providerOf, routeOf } from "#tests/support/kinds.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";
import { answering, failing, text } from "#tests/support/upstream/script.ts";

const PLAYED = KINDS.filter(({ type }) => ["openai", "claude", "deepseek", "vllm"].includes(type));
const stage = await openStage((upstream) => ({
  providers: PLAYED.map((kind) => providerOf(kind, upstream, { failover: { enabled: false } })),
  routes: PLAYED.map((kind) => routeOf(kind)),
}));
const { upstream, gateway } = stage;

const common = { apiKey: "client-key", maxRetries: 0 };
const toOpenAI = { ...common, configuration: { baseURL: `${gateway.origin}/v1` } };

type ModelOf = (model: string, more?: { readonly thinking?: boolean }) => ChatOpenAI | ChatAnthropic;

const CLIENTS: readonly (readonly [client: string, modelOf: ModelOf])[] = [
  ["ChatOpenAI", (model) => new ChatOpenAI({ ...toOpenAI, model })],
  [
    "ChatOpenAI by Responses",
    (model, { thinking = false } = {}) =>
      new ChatOpenAI({
        ...toOpenAI,
        model,
        useResponsesApi: true,
        ...(thinking ? { reasoning: { effort: "low", summary: "auto" }, zdrEnabled: true } : {}),
      }),
  ],
  [
    "ChatAnthropic",
    (model, { thinking = false } = {}) =>
      new ChatAnthropic({
        ...common,
        model,
        anthropicApiUrl: gateway.origin,
        maxTokens: 4000,
        ...(thinking ? { thinking: { type: "enabled", budget_tokens: 2000 } } : {}),
      }),
  ],
];

/** Who shows reasoning in the client's own protocol, and who in another. OpenAI itself does by Responses alone. */
const THINKERS: Readonly<Record<string, readonly string[]>> = {
  ChatOpenAI: ["deepseek", "claude"],
  "ChatOpenAI by Responses": ["openai", "claude"],
  ChatAnthropic: ["claude", "vllm"],
};

const weather = tool(({ city }) => `snow in ${city}`, {
  name: "weather",
  description: "The weather of a city.",
  schema: z.object({ city: z.string() }),
});

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

/**
 * The tokens as LangChain counts them. In Claude's streams it takes the input from `message_start`, when OpenAI's providers have told none yet,
 * and adds the one token of output that stands there to the last count.
 */
function tokensOf(client: string, type: string, streamed: boolean): object {
  const [input, extra] = client === "ChatAnthropic" && streamed ? (type === "claude" ? [30, 1] : [0, 0]) : [30, 0];
  return { input_tokens: input, output_tokens: 12 + extra, total_tokens: input + 12 + extra };
}

/** A chat model, with tools bound to it or not. */
interface Model {
  invoke(messages: BaseMessage[]): Promise<AIMessageChunk>;
  stream(messages: BaseMessage[]): Promise<AsyncIterable<AIMessageChunk>>;
}

/** A whole answer, or the pieces of a stream put together. */
async function ask(model: Model, messages: BaseMessage[], streamed: boolean): Promise<AIMessageChunk> {
  if (!streamed) return model.invoke(messages);
  let whole: AIMessageChunk | undefined;
  for await (const chunk of await model.stream(messages)) whole = whole === undefined ? chunk : whole.concat(chunk);
  if (whole === undefined) throw new Error("the stream was empty");
  return whole;
}

describe.each(CLIENTS)("%s", (client, modelOf) => {
  describe.each(["openai", "claude"])("with a provider of type %s", (type) => {
    const model = modelOf(`${type}/x`);

    describe.each([false, true])("streamed: %p", (streamed) => {
      test("text, and its tokens", async () => {
        upstream.reply(text("Grüezi 雪 wohl", { usage: { input: 30, output: 12 } }));
        const answer = await ask(model, [new SystemMessage("Be brief."), new HumanMessage("Hi")], streamed);
        expect(answer.text).toBe("Grüezi 雪 wohl");
        expect(answer.usage_metadata).toMatchObject(tokensOf(client, type, streamed));
        expect(upstream.last.streamed).toBe(streamed);
      });

      test("parallel calls of tools, and a second turn with their results", async () => {
        upstream.reply(
          answering([
            { type: "text", text: "Let me see." },
            { type: "tool", id: "call_1", name: "weather", input: '{"city":"Bern"}' },
            { type: "tool", id: "call_2", name: "weather", input: '{"city":"Chur"}' },
          ]),
        );
        upstream.reply(text("Snow in both."));
        const bound = model.bindTools([weather]);
        const question = new HumanMessage("Weather in Bern and Chur?");
        const called = await ask(bound, [question], streamed);
        expect(called.text).toBe("Let me see.");
        expect(called.tool_calls).toMatchObject([
          { id: "call_1", name: "weather", args: { city: "Bern" } },
          { id: "call_2", name: "weather", args: { city: "Chur" } },
        ]);
        const results = await Promise.all(
          (called.tool_calls ?? []).map(async ({ id = "", args }) => {
            const said = await weather.invoke(args as { city: string });
            return new ToolMessage({ tool_call_id: id, content: said });
          }),
        );
        const answer = await ask(bound, [question, called, ...results], streamed);
        expect(answer.text).toBe("Snow in both.");
        const sent = JSON.stringify(upstream.last.json);
        for (const said of ["snow in Bern", "snow in Chur", "call_1", "call_2", "Let me see."])
          expect(sent).toContain(said);
      });
    });

    test.each(["functionCalling", "jsonSchema"] as const)("structured output by %s", async (method) => {
      upstream.serve(({ json }) => {
        const [first] = (json.tools ?? []) as { name?: string; function?: { name: string } }[];
        const name = first?.name ?? first?.function?.name;
        const input = '{"city":"Bern"}';
        return name === undefined ? text(input) : answering([{ type: "tool", id: "call_1", name, input }]);
      });
      const city = z.object({ city: z.string() });
      const structured = model.withStructuredOutput(city, { name: "city", method });
      expect(await structured.invoke("A city.")).toEqual({ city: "Bern" });
      expect(JSON.stringify(upstream.last.json)).toContain('"city":{"type":"string"');
    });

    test("an image", async () => {
      upstream.reply(text("A pixel."));
      const content = [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
      ];
      const answer = await ask(model, [new HumanMessage({ content })], false);
      expect(answer.text).toBe("A pixel.");
      const sent = JSON.stringify(upstream.last.json);
      const url = `data:image/png;base64,${PIXEL}`;
      const asResponses = { type: "input_image", image_url: url };
      const asChat = { type: "image_url", image_url: { url } };
      const asClaude = { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } };
      const native = client.endsWith("Responses") ? asResponses : asChat;
      expect(sent).toContain(JSON.stringify(type === "claude" ? asClaude : native));
    });

    test("an error keeps its status", async () => {
      upstream.reply(failing(429, { headers: { "retry-after": "3" } }));
      const thrown = await thrownBy(model.invoke("Hi"));
      expect(thrown).toMatchObject({ status: 429 });
    });
  });

  describe.each(THINKERS[client] ?? [])("reasoning of a provider of type %s", (type) => {
    test.each([false, true])("is shown, and comes back in the next turn; streamed: %p", async (streamed) => {
      upstream.reply(
        answering([
          { type: "thinking", text: "The user wants snow.", signature: "sig+of/the==vendor" },
          { type: "text", text: "Looking." },
          { type: "tool", id: "call_1", name: "weather", input: '{"city":"Bern"}' },
        ]),
      );
      upstream.reply(text("Snow."));
      const model = modelOf(`${type}/x`, { thinking: true }).bindTools([weather]);
      const question = new HumanMessage("Snow?");
      const first = await ask(model, [question], streamed);
      expect(JSON.stringify([first.content, first.additional_kwargs])).toContain("The user wants snow.");
      expect(first.text).toBe("Looking.");
      const result = new ToolMessage({ tool_call_id: "call_1", content: "yes" });
      const answer = await ask(model, [question, first, result], streamed);
      expect(answer.text).toBe("Snow.");
      // LangChain's client for chat has no place for a seal.
      const sealed = client !== "ChatOpenAI" && type !== "vllm";
      expect(JSON.stringify(upstream.last.json).includes("sig+of/the==vendor")).toBe(sealed);
    });
  });
});
