/** Google's own client and the AI SDK's, through the whole gateway, with a provider of their own protocol and ones of others. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import {
  type Content,
  FunctionCallingConfigMode,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
  Type,
} from "@google/genai";
import { APICallError, generateText, isStepCount, Output, streamText, tool } from "ai";
import { z } from "zod";
import type { JsonObject } from "#src/core/json.ts";
import { FakeGemini } from "#tests/support/fake-gemini.ts";
import { KINDS, providerOf, routeOf } from "#tests/support/kinds.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";
import { answering, failing, type AnswerScript, type ErrorScript, text } from "#tests/support/upstream/script.ts";

const google = new FakeGemini();
const PLAYED = KINDS.filter(({ type }) => ["openai", "claude", "deepseek"].includes(type));
const stage = await openStage((upstream) => ({
  providers: [
    ...PLAYED.map((kind) => providerOf(kind, upstream, { failover: { enabled: false } })),
    { type: "gemini", apiTokens: ["google-key"], baseUrl: google.origin, failover: { enabled: false } },
  ],
  routes: [
    // A provider that speaks Responses is asked in that by preference; the fake speaks chat alone.
    ...PLAYED.map((kind) => routeOf(kind)),
    {
      name: "gemini",
      match: { models: ["gemini/*"] },
      ai: { upstreams: [{ provider: "gemini", model: "gemini-2.5-flash" }] },
    },
  ],
}));
const { upstream, gateway } = stage;
const client = new GoogleGenAI({ apiKey: "client-key", httpOptions: { baseUrl: gateway.origin } });
const sdk = createGoogleGenerativeAI({ apiKey: "client-key", baseURL: `${gateway.origin}/v1beta` });

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PROVIDERS = ["gemini", "openai", "claude"];

beforeEach(() => {
  upstream.reset();
  google.reset();
});
afterEach(() => expect([...upstream.refusals, ...google.refusals]).toEqual([]));
afterAll(async () => {
  await stage.close();
  await google.close();
});

/** The provider a model leads to answers so. */
function reply(provider: string, script: AnswerScript | ErrorScript): void {
  if (provider === "gemini") google.reply(script);
  else upstream.reply(script);
}

function lastBody(provider: string): JsonObject {
  return provider === "gemini" ? google.last.json : upstream.last.json;
}

const weatherCalls = answering([
  { type: "text", text: "Let me see." },
  { type: "tool", id: "call_1", name: "weather", input: '{"city":"Bern"}' },
  { type: "tool", id: "call_2", name: "weather", input: '{"city":"Chur"}' },
]);

/** A whole answer, or the parts of a stream put together. */
async function ask(
  model: string,
  contents: Content[],
  config: object,
  streamed: boolean,
): Promise<Pick<GenerateContentResponse, "usageMetadata"> & { parts: Part[]; finish: unknown }> {
  if (!streamed) {
    const answer = await client.models.generateContent({ model, contents, config });
    const candidate = answer.candidates?.[0];
    return { parts: candidate?.content?.parts ?? [], finish: candidate?.finishReason, ...usageOf(answer) };
  }
  const parts: Part[] = [];
  let last: GenerateContentResponse | undefined;
  for await (const chunk of await client.models.generateContentStream({ model, contents, config })) {
    parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
    last = chunk;
  }
  return { parts, finish: last?.candidates?.[0]?.finishReason, ...(last === undefined ? {} : usageOf(last)) };
}

function usageOf({ usageMetadata }: GenerateContentResponse): Pick<GenerateContentResponse, "usageMetadata"> {
  return usageMetadata === undefined ? {} : { usageMetadata };
}

function textOf(parts: readonly Part[], thought = false): string {
  return parts.map((part) => ((part.thought ?? false) === thought ? (part.text ?? "") : "")).join("");
}

function user(...parts: Part[]): Content {
  return { role: "user", parts };
}

describe.each(PROVIDERS)("@google/genai with a provider of type %s", (provider) => {
  const model = `${provider}/x`;

  describe.each([false, true])("streamed: %p", (streamed) => {
    test("text, and its tokens", async () => {
      reply(provider, text("Grüezi 雪 wohl", { usage: { input: 30, output: 12 } }));
      const config = { systemInstruction: "Be brief.", temperature: 0.5, maxOutputTokens: 100 };
      const { parts, finish, usageMetadata } = await ask(model, [user({ text: "Hi" })], config, streamed);
      expect(textOf(parts)).toBe("Grüezi 雪 wohl");
      expect(finish).toBe("STOP");
      expect(usageMetadata).toMatchObject({ promptTokenCount: 30, candidatesTokenCount: 12, totalTokenCount: 42 });
      expect(JSON.stringify(lastBody(provider))).toContain("Be brief.");
    });

    test("parallel calls of functions, and a second turn with their results", async () => {
      reply(provider, weatherCalls);
      reply(provider, text("Snow in both."));
      const parameters = { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ["city"] };
      const config = {
        tools: [{ functionDeclarations: [{ name: "weather", description: "The weather.", parameters }] }],
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
      };
      const question = user({ text: "Weather in Bern and Chur?" });
      const first = await ask(model, [question], config, streamed);
      expect(textOf(first.parts)).toBe("Let me see.");
      const calls = first.parts.flatMap(({ functionCall }) => functionCall ?? []);
      expect(calls).toMatchObject([
        { name: "weather", args: { city: "Bern" } },
        { name: "weather", args: { city: "Chur" } },
      ]);
      const results = calls.map(({ id, name = "", args }): Part => {
        const response = { output: `snow in ${String(args?.city)}` };
        return { functionResponse: { name, response, ...(id === undefined ? {} : { id }) } };
      });
      const turns = [question, { role: "model", parts: first.parts }, user(...results)];
      expect(textOf((await ask(model, turns, config, streamed)).parts)).toBe("Snow in both.");
      const sent = JSON.stringify(lastBody(provider));
      for (const said of ["snow in Bern", "snow in Chur"]) expect(sent).toContain(said);
      // The client sends each piece of a stream back as a part of its own.
      expect([...sent.matchAll(/"(?:text|content)":"([^"]*)"/g)].map(([, said]) => said).join("")).toContain(
        "Let me see.",
      );
    });
  });

  test.each(["responseSchema", "responseJsonSchema"])("structured output by %s", async (field) => {
    reply(provider, text('{"city":"Bern"}'));
    const object = field === "responseSchema" ? Type.OBJECT : "object";
    const schema = { type: object, properties: { city: { type: object === "object" ? "string" : Type.STRING } } };
    const config = { responseMimeType: "application/json", [field]: { ...schema, required: ["city"] } };
    const { parts } = await ask(model, [user({ text: "A city." })], config, false);
    expect(JSON.parse(textOf(parts))).toEqual({ city: "Bern" });
    expect(JSON.stringify(lastBody(provider))).toContain('"city":{"type":"');
  });

  test("an image", async () => {
    reply(provider, text("A pixel."));
    const image = { inlineData: { mimeType: "image/png", data: PIXEL } };
    const { parts } = await ask(model, [user({ text: "What is this?" }, image)], {}, false);
    expect(textOf(parts)).toBe("A pixel.");
    expect(JSON.stringify(lastBody(provider))).toContain(PIXEL);
  });

  test("an error keeps its status", async () => {
    reply(provider, failing(429));
    expect(await thrownBy(client.models.generateContent({ model, contents: "Hi" }))).toMatchObject({ status: 429 });
  });
});

describe.each(["gemini", "deepseek", "claude"])("reasoning of a provider of type %s", (provider) => {
  test.each([false, true])("is shown, and its seal comes back in the next turn; streamed: %p", async (streamed) => {
    reply(
      provider,
      answering([
        { type: "thinking", text: "The user wants snow.", signature: "c2lnbmF0dXJl" },
        { type: "tool", id: "call_1", name: "weather", input: '{"city":"Bern"}' },
      ]),
    );
    reply(provider, text("Snow."));
    const model = `${provider}/x`;
    const config = {
      thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 },
      maxOutputTokens: 4000,
      tools: [{ functionDeclarations: [{ name: "weather", parameters: { type: Type.OBJECT, properties: {} } }] }],
    };
    const question = user({ text: "Snow?" });
    const first = await ask(model, [question], config, streamed);
    expect(textOf(first.parts, true)).toBe("The user wants snow.");
    const call = first.parts.find(({ functionCall }) => functionCall !== undefined)?.functionCall;
    const functionResponse = { name: "weather", response: { output: "yes" }, ...(call?.id ? { id: call.id } : {}) };
    const turns = [question, { role: "model", parts: first.parts }, user({ functionResponse })];
    expect(textOf((await ask(model, turns, config, streamed)).parts)).toBe("Snow.");
    if (provider !== "deepseek") expect(JSON.stringify(lastBody(provider))).toContain("c2lnbmF0dXJl");
  });
});

describe.each(PROVIDERS)("@ai-sdk/google with a provider of type %s", (provider) => {
  const model = sdk(`${provider}/x`);
  const weather = tool({
    description: "The weather of a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => `snow in ${city}`,
  });

  test.each([false, true])("text, streamed: %p", async (streamed) => {
    reply(provider, text("one two three", { usage: { input: 30, output: 12 } }));
    const options = { model, prompt: "Hi", maxRetries: 0 };
    const answer = streamed ? streamText(options) : await generateText(options);
    expect(await answer.text).toBe("one two three");
    expect(await answer.finishReason).toBe("stop");
    expect(await answer.usage).toMatchObject({ inputTokens: 30, outputTokens: 12 });
  });

  test.each([false, true])("runs tools in several steps, streamed: %p", async (streamed) => {
    reply(provider, weatherCalls);
    reply(provider, text("Snow in both."));
    const options = { model, tools: { weather }, stopWhen: isStepCount(3), prompt: "Weather?", maxRetries: 0 };
    const said = streamed ? await streamText(options).text : (await generateText(options)).text;
    expect(said).toBe("Snow in both.");
    for (const result of ["snow in Bern", "snow in Chur"]) {
      expect(JSON.stringify(lastBody(provider))).toContain(result);
    }
  });

  test.each([false, true])("reasoning, and its seal in the next step; streamed: %p", async (streamed) => {
    const thought = { type: "thinking", text: "The user wants snow.", signature: "c2lnbmF0dXJl" } as const;
    const call = { type: "tool", id: "call_1", name: "weather", input: '{"city":"Bern"}' } as const;
    reply(provider, answering([thought, call]));
    reply(provider, text("Snow."));
    const thinkingConfig = { includeThoughts: true, thinkingBudget: 2000 };
    const options = {
      model,
      tools: { weather },
      stopWhen: isStepCount(3),
      prompt: "Weather?",
      maxOutputTokens: 4000,
      maxRetries: 0,
      providerOptions: { google: { thinkingConfig } },
    };
    const answer = streamed ? streamText(options) : await generateText(options);
    const [first] = await answer.steps;
    expect(await answer.text).toBe("Snow.");
    // OpenAI's chat API shows no reasoning.
    expect(first?.reasoningText).toBe(provider === "openai" ? undefined : "The user wants snow.");
    expect(JSON.stringify(lastBody(provider)).includes("c2lnbmF0dXJl")).toBe(provider !== "openai");
  });

  test("makes an object", async () => {
    reply(provider, text('{"city":"Bern"}'));
    const output = Output.object({ schema: z.object({ city: z.string() }) });
    const answer = await generateText({ model, prompt: "A city.", output, maxRetries: 0 });
    expect(answer.output).toEqual({ city: "Bern" });
  });

  test("an image, and an error's status", async () => {
    reply(provider, text("A pixel."));
    const content = [
      { type: "text" as const, text: "What is this?" },
      { type: "file" as const, data: PIXEL, mediaType: "image/png" },
    ];
    const answer = await generateText({ model, messages: [{ role: "user", content }], maxRetries: 0 });
    expect(answer.text).toBe("A pixel.");
    expect(JSON.stringify(lastBody(provider))).toContain(PIXEL);
    reply(provider, failing(429));
    const thrown = await thrownBy(generateText({ model, prompt: "Hi", maxRetries: 0 }));
    expect(APICallError.isInstance(thrown)).toBe(true);
    expect(thrown).toMatchObject({ statusCode: 429, isRetryable: true });
  });
});
