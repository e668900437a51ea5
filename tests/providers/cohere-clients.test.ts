/** Real clients, Cohere's own and others', in front of the provider `cohere`. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createCohere } from "@ai-sdk/cohere";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { embedMany, generateText, isStepCount, rerank, streamText, tool } from "ai";
import OpenAI from "openai";
import { z } from "zod";
import { cohere } from "#providers/cohere.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type Asked, openProviderStage, type ProviderStage, SECRETS } from "#tests/contracts/provider-stage.ts";
import type { AnswerSample } from "#tests/contracts/upstream-codec.ts";
import { TEXT, TOOLS } from "#tests/protocols/cohere-chat/fixtures.ts";
import { cohereRanking, vectorOf } from "#tests/support/upstream/embeddings.ts";

const GATEWAY = "http://gateway.test";
const MODEL = "command-a-03-2025";
/** What the provider says next; the last is said again. */
let script: AnswerSample[] = [];
let stage: ProviderStage;

beforeEach(async () => {
  script = [TEXT];
  stage = await openProviderStage(cohere, {}, answer);
});
afterEach(() => stage.close());

function answer({ url, body }: Asked): Response {
  const json = JSON.parse(body) as JsonObject;
  const { pathname } = new URL(url);
  if (pathname === "/v2/embed") return Response.json(embeddings(json));
  if (pathname === "/v2/rerank") return Response.json(cohereRanking(json));
  if (pathname !== "/v2/chat") return Response.json({ message: `There is no ${pathname}.` }, { status: 404 });
  const said = script.length > 1 ? script.shift() : script[0];
  if (said === undefined) throw new Error("There is nothing to say.");
  const headers = { "content-type": "text/event-stream" };
  return json["stream"] === true ? new Response(said.sse, { headers }) : Response.json(said.whole);
}

/** Format: https://docs.cohere.com/reference/embed */
function embeddings({ texts }: JsonObject): JsonObject {
  const list = (texts as string[]).map(vectorOf);
  return {
    id: "e",
    embeddings: { float: list },
    texts: texts as string[],
    meta: { billed_units: { input_tokens: 2 } },
  };
}

/** The network of a client: the gateway. */
const network = ((url: string | URL | Request, init?: RequestInit) => {
  const { pathname, search } = new URL(url instanceof Request ? url.url : url);
  return stage.ask(pathname + search, init);
}) as typeof fetch;

const settings = { apiKey: "client-key", fetch: network };
const own = createCohere({ ...settings, baseURL: `${GATEWAY}/v2` });
const viaOpenAI = createOpenAI({ ...settings, baseURL: `${GATEWAY}/v1` });
const tools = {
  weather: tool({ inputSchema: z.object({ town: z.string() }), execute: ({ town }) => `snow in ${town}` }),
  now: tool({ inputSchema: z.object({}).nullable(), execute: () => "noon" }),
};

describe.each([
  ["Cohere", own(MODEL)],
  ["OpenAI, chat", viaOpenAI.chat(MODEL)],
  ["OpenAI, responses", viaOpenAI.responses(MODEL)],
] as const)("the AI SDK by its provider for %s", (_name, model) => {
  const asked = { model, prompt: "Hi.", maxRetries: 0 };

  test("has text, streamed and not, with the provider's credential", async () => {
    expect((await generateText(asked)).text).toBe("Grüße, Welt 😀");
    expect(await streamText(asked).text).toBe("Grüße, Welt 😀");
    for (const { url, headers } of stage.asked) {
      expect(url).toBe("https://api.cohere.com/v2/chat");
      expect(SECRETS.map((secret) => `Bearer ${secret}`)).toContain(headers.get("authorization")!);
    }
  });

  test.each([true, false])("calls two tools and goes on (streamed: %p)", async (streamed) => {
    script = [TOOLS, TEXT];
    const options = { ...asked, tools, stopWhen: isStepCount(3) };
    const said = streamed ? await streamText(options).text : (await generateText(options)).text;
    expect(said).toBe("Grüße, Welt 😀");
    const { messages } = JSON.parse(stage.asked[1]!.body) as { messages: JsonObject[] };
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "tool"]);
    expect(messages[1]).toMatchObject({
      tool_calls: [{ id: "weather_1byjy32y4hvq" }, { id: "now_1byjy32y4hvq", function: { name: "now" } }],
    });
    expect(JSON.stringify(messages[2])).toContain("snow in Köln");
    expect(messages[2]).toMatchObject({ tool_call_id: "weather_1byjy32y4hvq" });
  });
});

test("OpenAI's client has usage and the reason", async () => {
  const client = new OpenAI({ ...settings, baseURL: `${GATEWAY}/v1`, maxRetries: 0 });
  const messages = [{ role: "user", content: "Hi." } as const];
  const answered = await client.chat.completions.create({ model: MODEL, messages });
  expect(answered.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "Grüße, Welt 😀" } });
  expect(answered.usage).toMatchObject({ prompt_tokens: 28, completion_tokens: 16 });
});

test("Claude's client reads a stream with calls", async () => {
  script = [TOOLS];
  const client = new Anthropic({ ...settings, baseURL: GATEWAY, maxRetries: 0 });
  const stream = client.messages.stream({ model: MODEL, max_tokens: 99, messages: [{ role: "user", content: "Hi." }] });
  const { content, stop_reason: reason } = await stream.finalMessage();
  expect(reason).toBe("tool_use");
  expect(content).toMatchObject([
    { type: "thinking", thinking: "I will look up the weather in both towns." },
    { type: "tool_use", name: "weather", input: { town: "Köln" } },
    { type: "tool_use", name: "now", input: {} },
  ]);
});

test.each([
  ["Cohere's", own.embedding("embed-v4.0")],
  ["OpenAI's", viaOpenAI.embedding("embed-v4.0")],
] as const)("%s client has embeddings", async (_name, model) => {
  const { embeddings: vectors } = await embedMany({ model, values: ["one", "three"], maxRetries: 0 });
  expect(vectors).toEqual([vectorOf("one"), vectorOf("three")]);
  expect(stage.asked[0]?.url).toBe("https://api.cohere.com/v2/embed");
});

test("Cohere's client has a ranking", async () => {
  const documents = ["one", "three"];
  const { ranking } = await rerank({ model: own.reranking("rerank-v3.5"), query: "q", documents, maxRetries: 0 });
  expect(ranking.map(({ document }) => document)).toEqual(["three", "one"]);
});
