import { describe, expect, test } from "bun:test";
import type { Shape } from "#src/core/api.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type Conversion, familyConversion } from "#src/protocols/families/convert.ts";
import { eventUsage, familyUsage, headerUsage } from "#src/protocols/families/usage.ts";

function embeddings(from: Shape, to: Shape): Conversion {
  const conversion = familyConversion("embeddings", from, to);
  if (conversion === undefined) throw new Error(`no conversion from ${from} to ${to}`);
  return conversion;
}

const ONE = { model: "m", input: "one", dimensions: 256 };

function asked(body: JsonObject, model: string, from: Shape = "openai"): { body: JsonObject; lost: string[] } {
  const { body: written, losses } = embeddings(from, "bedrock").request(body, model);
  return { body: written, lost: losses.map(({ field }) => field) };
}

describe("embeddings by Bedrock's invoke", () => {
  // Formats: AWS' user guide, "Inference request parameters and response fields", by model
  test.each([
    ["amazon.titan-embed-text-v2:0", { inputText: "one", dimensions: 256 }, []],
    ["amazon.titan-embed-text-v1", { inputText: "one" }, ["dimensions"]],
    ["amazon.titan-embed-image-v1", { inputText: "one", embeddingConfig: { outputEmbeddingLength: 256 } }, []],
    [
      "cohere.embed-multilingual-v3",
      { texts: ["one"], input_type: "search_document", embedding_types: ["float"] },
      ["dimensions"],
    ],
    [
      "eu.cohere.embed-v4:0",
      { texts: ["one"], input_type: "search_document", embedding_types: ["float"], output_dimension: 256 },
      [],
    ],
    [
      "amazon.nova-2-multimodal-embeddings-v1:0",
      {
        taskType: "SINGLE_EMBEDDING",
        singleEmbeddingParams: {
          embeddingPurpose: "GENERIC_INDEX",
          embeddingDimension: 256,
          text: { truncationMode: "NONE", value: "one" },
        },
      },
      [],
    ],
  ])("%s", (model, body, lost) => {
    expect(asked(ONE, model)).toEqual({ body, lost });
  });

  test("a task is said where it can be", () => {
    const query = { texts: ["q"], input_type: "search_query", embedding_types: ["float"] };
    expect(asked({ model: "m", ...query }, "cohere.embed-english-v3", "cohere").body).toEqual(query);
    expect(asked({ model: "m", ...query }, "amazon.titan-embed-text-v2:0", "cohere")).toEqual({
      body: { inputText: "q" },
      lost: ["task"],
    });
  });

  test("several texts are for the models that take them", () => {
    const two = { model: "m", input: ["one", "two"] };
    expect(asked(two, "cohere.embed-english-v3").body["texts"]).toEqual(["one", "two"]);
    expect(() => asked(two, "amazon.titan-embed-text-v2:0")).toThrow("one text a request");
  });

  test.each([
    [{ embedding: [0.5], inputTextTokenCount: 3 }, 3],
    [{ embeddings: { float: [[0.5]] }, response_type: "embeddings_by_type" }, 0],
    [{ embeddings: [[0.5]], response_type: "embeddings_floats" }, 0],
    [{ embeddings: [{ embeddingType: "TEXT", embedding: [0.5] }] }, 0],
  ] as const)("the answer %p", (answer, tokens) => {
    expect(
      embeddings("openai", "bedrock").answer(answer as unknown as JsonObject, { model: "m", created: 0, request: ONE }),
    ).toEqual({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.5] }],
      model: "m",
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  });

  test("what is none is no answer", () => {
    for (const answer of [{}, { embedding: "x" }, { embeddings: [["x"]] }, { embeddings: [{}] }]) {
      expect(
        embeddings("openai", "bedrock").answer(answer as JsonObject, { model: "m", created: 0, request: ONE }),
      ).toBeUndefined();
    }
  });
});

describe("embeddings by DashScope", () => {
  // Format: https://help.aliyun.com/zh/model-studio/text-embedding-synchronous-api
  const conversion = embeddings("openai", "dashscope");

  test("the request, and an answer whose vectors say their texts", () => {
    const { body, losses } = conversion.request({ ...ONE, input: ["a", "b"] }, "text-embedding-v4");
    expect(body).toEqual({ model: "text-embedding-v4", input: { texts: ["a", "b"] }, parameters: { dimension: 256 } });
    expect(losses).toEqual([]);
    const output = {
      embeddings: [
        { text_index: 1, embedding: [2] },
        { text_index: 0, embedding: [1] },
      ],
    };
    const answer = conversion.answer(
      { output, usage: { total_tokens: 5 }, request_id: "r" },
      { model: "m", created: 0, request: ONE },
    );
    expect(answer).toMatchObject({
      data: [{ embedding: [1] }, { embedding: [2] }],
      usage: { prompt_tokens: 5, total_tokens: 5 },
    });
    expect(conversion.answer({ output: {} }, { model: "m", created: 0, request: ONE })).toBeUndefined();
  });

  test("a task of Gemini's, and DashScope's own format for another vendor", () => {
    const wire = { content: { parts: [{ text: "q" }] }, taskType: "RETRIEVAL_QUERY" };
    expect(embeddings("gemini", "dashscope").request(wire, "m").body).toEqual({
      model: "m",
      input: { texts: ["q"] },
      parameters: { text_type: "query" },
    });
    const back = embeddings("dashscope", "cohere");
    const own = {
      model: "m",
      input: { texts: ["q"] },
      parameters: { text_type: "query", dimension: 64, output_type: "dense" },
    };
    const { body, losses } = back.request(own, "embed-v4.0");
    expect(body).toMatchObject({ texts: ["q"], input_type: "search_query", output_dimension: 64 });
    expect(losses.map(({ field }) => field)).toEqual(["parameters.output_type"]);
    expect(
      back.answer({ embeddings: { float: [[1]] }, meta: {} }, { model: "m", created: 0, request: own }),
    ).toMatchObject({
      output: { embeddings: [{ text_index: 0, embedding: [1] }] },
    });
  });
});

describe("images by Bedrock's invoke", () => {
  const conversion = familyConversion("image-generation", "openai", "bedrock")!;
  const cat = { model: "m", prompt: "a cat" };

  // Formats: AWS' user guide, "Amazon Nova Canvas", "Amazon Titan Image Generator", "Stability AI models"
  test("Amazon's models", () => {
    const wide = { ...cat, n: 2, size: "1280x720", quality: "hd", user: "u" };
    const { body, losses } = conversion.request(wide, "amazon.nova-canvas-v1:0");
    expect(body).toEqual({
      taskType: "TEXT_IMAGE",
      textToImageParams: { text: "a cat" },
      imageGenerationConfig: { numberOfImages: 2, width: 1280, height: 720 },
    });
    expect(losses.map(({ field }) => field)).toEqual(["quality", "user"]);
    expect(conversion.request({ ...cat, size: "auto", quality: "auto" }, "amazon.titan-image-generator-v2:0")).toEqual({
      body: { taskType: "TEXT_IMAGE", textToImageParams: { text: "a cat" } },
      losses: [],
    });
  });

  test("Stability's models have shapes in place of sizes", () => {
    const { body, losses } = conversion.request(
      { ...cat, size: "1536x1024", n: 2 },
      "stability.stable-image-core-v1:1",
    );
    expect(body).toEqual({ prompt: "a cat", output_format: "png", aspect_ratio: "3:2" });
    expect(losses.map(({ field }) => field)).toEqual(["n", "size"]);
    expect(conversion.request({ ...cat, size: "720x1280" }, "us.stability.sd3-5-large-v1:0").body).toMatchObject({
      aspect_ratio: "9:16",
    });
    expect(() => conversion.request({ ...cat, size: "big" }, "stability.sd3-5-large-v1:0")).toThrow("size");
  });

  test("come back as base64, or as URLs that hold them", () => {
    const answer = { images: ["aGk=", "aG8="], error: null };
    expect(conversion.answer(answer, { model: "m", created: 1, request: cat })).toMatchObject({
      data: [{ b64_json: "aGk=" }, { b64_json: "aG8=" }],
    });
    expect(
      conversion.answer(answer, { model: "m", created: 1, request: { ...cat, response_format: "url" } }),
    ).toMatchObject({
      data: [{ url: "data:image/png;base64,aGk=" }, { url: "data:image/png;base64,aG8=" }],
    });
  });

  test("that were refused are an error with the reason", () => {
    const read = (body: JsonObject): unknown => conversion.answer(body, { model: "m", created: 1, request: cat });
    expect(() => read({ images: [], error: "Blocked by our filters." })).toThrow("Blocked by our filters.");
    expect(() => read({ images: [null], finish_reasons: ["Filter reason: prompt"] })).toThrow("Filter reason: prompt");
    expect(read({ images: [] })).toBeUndefined();
  });
});

describe("tokens Bedrock counts", () => {
  test("in an answer of Converse, with what the cache held", () => {
    expect(familyUsage({ usage: { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3 } })).toEqual({
      inputTokens: 4,
      outputTokens: 2,
      cachedInputTokens: 3,
    });
  });

  test("in headers, and within the chunks of a stream", () => {
    expect(headerUsage(new Headers({ "x-amzn-bedrock-input-token-count": "7" }))).toEqual({
      inputTokens: 7,
      outputTokens: 0,
    });
    expect(headerUsage(new Headers())).toBeUndefined();
    const inner = { "amazon-bedrock-invocationMetrics": { inputTokenCount: 8, outputTokenCount: 4 } };
    const chunk = (bytes: string): JsonObject => ({ bytes });
    expect(eventUsage({ event: "chunk", data: JSON.stringify(chunk(btoa(JSON.stringify(inner)))) })).toEqual({
      inputTokens: 8,
      outputTokens: 4,
    });
    expect(eventUsage({ event: "chunk", data: "no JSON" })).toBeUndefined();
    expect(eventUsage({ event: "", data: '{"usage":{"input_tokens":1,"output_tokens":2}}' })).toMatchObject({
      outputTokens: 2,
    });
  });
});
