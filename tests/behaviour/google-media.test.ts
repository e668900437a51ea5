/** OpenAI's client gets images, speech and embeddings of Google's. Formats: ai.google.dev (image and speech generation), Vertex' "Text embeddings API". */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { GoogleGenAI } from "@google/genai";
import type OpenAI from "openai";
import type { JsonObject } from "#src/core/json.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { openaiClient, thrownBy } from "#tests/support/stage.ts";

const asked: { readonly path: string; readonly body: JsonObject }[] = [];

function inline(mimeType: string, data: string): JsonObject {
  return {
    candidates: [{ content: { parts: [{ inlineData: { mimeType, data } }] } }],
    usageMetadata: { promptTokenCount: 2 },
  };
}

/** By the end of the path. */
const ANSWERS: readonly (readonly [end: string, answer: JsonObject])[] = [
  ["gemini-image:generateContent", inline("image/png", "aGk=")],
  ["gemini-tts:generateContent", inline("audio/L16;codec=pcm;rate=24000", "AQD/fw==")],
  ["imagen-4.0:predict", { predictions: [{ bytesBase64Encoded: "aGk=", mimeType: "image/png" }] }],
  ["imagen-shy:predict", {}],
  [
    "text-embedding-005:predict",
    { predictions: [{ embeddings: { values: [0.5, 1], statistics: { token_count: 3 } } }] },
  ],
  ["/images/generations", { created: 1, data: [{ b64_json: "aGk=" }] }],
];

const google = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  async fetch(request) {
    const path = new URL(request.url).pathname;
    asked.push({ path, body: (await request.json()) as JsonObject });
    const answer = ANSWERS.find(([end]) => path.endsWith(end))?.[1];
    return answer === undefined ? new Response("no", { status: 404 }) : Response.json(answer);
  },
});
const origin = `http://127.0.0.1:${google.port}`;
const route = (provider: string, models: string[]) => ({
  name: provider,
  match: { models },
  ai: { upstreams: [{ provider }] },
});

afterAll(() => google.stop(true));

describe.each(["bun", "deno"] as const)("on %s", (runtime) => {
  let gateway: Gateway;
  let openai: OpenAI;
  beforeAll(async () => {
    const key = "key-0123456789";
    gateway = await startGateway({
      runtime,
      config: {
        admin: { port: 0 },
        providers: [
          { id: "gemini", type: "gemini", apiTokens: [key], baseUrl: origin },
          { id: "vertex", type: "vertex", apiTokens: [key], baseUrl: origin },
          { id: "openai", type: "openai", apiTokens: [key], baseUrl: `${origin}/v1` },
        ],
        routes: [route("gemini", ["gemini-*", "imagen-*"]), route("vertex", ["text-*"]), route("openai", ["gpt-*"])],
      },
    });
    openai = openaiClient(gateway, "none");
  });
  afterAll(() => gateway.stop());

  test.each(["gemini-image", "imagen-4.0"])("an image by %s", async (model) => {
    const answer = await openai.images.generate({ model, prompt: "a cat", size: "1024x1024" });
    expect(answer.data?.[0]?.b64_json).toBe("aGk=");
    expect(JSON.stringify(asked.at(-1)?.body)).toContain('"aspectRatio":"1:1"');
  });

  test("an image for a client that streams", async () => {
    const events = [];
    for await (const event of await openai.images.generate({ model: "gemini-image", prompt: "a cat", stream: true }))
      events.push(event);
    expect(events).toMatchObject([{ type: "image_generation.completed", b64_json: "aGk=" }]);
  });

  test("a filter's refusal", async () => {
    const error = await thrownBy(openai.images.generate({ model: "imagen-shy", prompt: "a cat" }));
    expect(error).toMatchObject({ status: 400, code: "moderation_blocked" });
  });

  test("speech, as a file of the only kind there is, and as samples", async () => {
    const input = { model: "gemini-tts", input: "Hello", voice: "alloy" };
    const file = await openai.audio.speech.create(input);
    expect(file.headers.get("content-type")).toBe("audio/wav");
    expect(file.headers.get("x-sluice-loss")).toBe("response_format;approximated, voice;approximated");
    expect((await file.bytes()).slice(44)).toEqual(Uint8Array.of(1, 0, 255, 127));
    const raw = await openai.audio.speech.create({ ...input, response_format: "pcm" });
    expect(await raw.bytes()).toEqual(Uint8Array.of(1, 0, 255, 127));
  });

  test("embeddings by Vertex' predict, their tokens counted", async () => {
    const answer = await openai.embeddings.create({
      model: "text-embedding-005",
      input: "x",
      encoding_format: "float",
    });
    expect(answer.data[0]?.embedding).toEqual([0.5, 1]);
    expect(answer.usage.prompt_tokens).toBe(3);
  });

  test("Google's client gets an image of OpenAI's", async () => {
    // Only in its mode for Vertex does it still ask for images this way.
    const client = new GoogleGenAI({ vertexai: true, apiKey: "none", httpOptions: { baseUrl: gateway.origin } });
    const response = await client.models.generateImages({
      model: "gpt-image-1",
      prompt: "a cat",
      config: { numberOfImages: 1 },
    });
    expect(response.generatedImages?.[0]?.image?.imageBytes).toBe("aGk=");
    expect(asked.at(-1)).toMatchObject({ path: "/v1/images/generations", body: { model: "gpt-image-1", n: 1 } });
  });
});
