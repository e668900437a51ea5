import { describe, expect, test } from "bun:test";
import { array, assert, float, property } from "fast-check";
import type { Shape } from "#src/core/api.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type Conversion, familyConversion } from "#src/protocols/families/convert.ts";
import { familyUsage } from "#src/protocols/families/usage.ts";

function between(api: "embeddings" | "rerank", from: Shape, to: Shape): Conversion {
  const conversion = familyConversion(api, from, to);
  if (conversion === undefined) throw new Error(`no conversion from ${from} to ${to}`);
  return conversion;
}

describe("embeddings", () => {
  const openai = { model: "m", input: ["one", "two"], dimensions: 2, user: "u" };

  test("OpenAI's request as Gemini's", () => {
    const conversion = between("embeddings", "openai", "gemini");
    const { body, losses } = conversion.request(openai, "gemini-embedding-001");
    expect(conversion.action("m")).toBe("batchEmbedContents");
    const one = { model: "models/gemini-embedding-001", outputDimensionality: 2 };
    expect(body).toEqual({
      requests: [
        { ...one, content: { parts: [{ text: "one" }] } },
        { ...one, content: { parts: [{ text: "two" }] } },
      ],
    });
    expect(losses.map(({ field }) => field)).toEqual(["user"]);
  });

  test("OpenAI's request as Cohere's", () => {
    const { body } = between("embeddings", "openai", "cohere").request({ model: "m", input: "one" }, "embed-v4.0");
    expect(body).toEqual({
      model: "embed-v4.0",
      texts: ["one"],
      input_type: "search_document",
      embedding_types: ["float"],
    });
  });

  test("Gemini's task is Cohere's input type", () => {
    const { body, losses } = between("embeddings", "gemini", "cohere").request(
      { content: { parts: [{ text: "q" }] }, taskType: "RETRIEVAL_QUERY", title: "t" },
      "embed-v4.0",
    );
    expect(body["input_type"]).toBe("search_query");
    expect(losses.map(({ field }) => field)).toEqual(["title"]);
  });

  // The shape of the answer is that of https://ai.google.dev/api/embeddings
  test("Gemini's answer as OpenAI's", () => {
    const answer = between("embeddings", "openai", "gemini").answer(
      { embeddings: [{ values: [0.5, 1] }, { values: [2, 3] }], usageMetadata: { promptTokenCount: 7 } },
      { model: "m", created: 0, request: openai },
    );
    expect(answer).toEqual({
      object: "list",
      data: [
        { object: "embedding", index: 0, embedding: [0.5, 1] },
        { object: "embedding", index: 1, embedding: [2, 3] },
      ],
      model: "m",
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
  });

  test("one content of Gemini's gets one embedding", () => {
    const conversion = between("embeddings", "gemini", "openai");
    const { body } = conversion.request({ content: { parts: [{ text: "a" }] } }, "m");
    expect(body).toEqual({ model: "m", input: "a", encoding_format: "float" });
    const wire = { data: [{ embedding: [1, 2] }], usage: { prompt_tokens: 1 } };
    expect(conversion.answer(wire, { model: "m", created: 0, request: {}, action: "embedContent" })).toEqual({
      embedding: { values: [1, 2] },
      usageMetadata: { promptTokenCount: 1 },
    });
  });

  // The official OpenAI client asks for base64 unless told otherwise.
  test("base64 is little-endian 32 bit floats", () => {
    const conversion = between("embeddings", "openai", "cohere");
    const back = between("embeddings", "cohere", "openai");
    assert(
      property(array(float({ noNaN: true })), (vector) => {
        const wire = { embeddings: { float: [vector] } };
        const target = { model: "m", created: 0, request: { encoding_format: "base64" } };
        const packed = conversion.answer(wire, target) as JsonObject;
        expect(back.answer(packed, { ...target, request: {} })).toMatchObject({ embeddings: { float: [vector] } });
      }),
    );
  });

  test("token ids stay with OpenAI", () => {
    const conversion = between("embeddings", "openai", "gemini");
    expect(() => conversion.request({ input: [1, 2] }, "m")).toThrow("token ids");
    expect(() => conversion.request({ input: 5 }, "m")).toThrow("input must be");
  });

  test("what is no answer is told from one", () => {
    const conversion = between("embeddings", "openai", "gemini");
    expect(
      conversion.answer({ embeddings: [{ values: ["x"] }] }, { model: "m", created: 0, request: {} }),
    ).toBeUndefined();
  });
});

/** One request in canonical use, over each provider's own format and back. */
describe("embeddings over formats of providers alone", () => {
  const openai = { model: "m", input: ["one", "two"], dimensions: 2 };
  const answered = {
    object: "list",
    data: [{ embedding: [1, 2] }, { embedding: [3, 4] }],
    usage: { prompt_tokens: 5 },
  };

  // Format: "Text embeddings API" of Vertex AI.
  test("Vertex' predict", () => {
    const conversion = between("embeddings", "openai", "vertex");
    expect(conversion.action("text-embedding-005")).toBe("predict");
    expect(conversion.request(openai, "text-embedding-005")).toEqual({
      body: { instances: [{ content: "one" }, { content: "two" }], parameters: { outputDimensionality: 2 } },
      losses: [],
    });
    const predictions = [
      { embeddings: { values: [1, 2], statistics: { token_count: 2, truncated: false } } },
      { embeddings: { values: [3, 4], statistics: { token_count: 3, truncated: false } } },
    ];
    expect(conversion.answer({ predictions }, { model: "m", created: 0, request: openai })).toMatchObject(answered);
    const query = { model: "m", texts: ["q"], input_type: "search_query" };
    expect(between("embeddings", "cohere", "vertex").request(query, "m").body).toEqual({
      instances: [{ content: "q", task_type: "RETRIEVAL_QUERY" }],
    });
  });

  // Format: Model Studio, "Text embedding: synchronous API".
  test("DashScope's", () => {
    const conversion = between("embeddings", "openai", "dashscope");
    expect(conversion.request(openai, "text-embedding-v4").body).toEqual({
      model: "text-embedding-v4",
      input: { texts: ["one", "two"] },
      parameters: { dimension: 2 },
    });
    const embeddings = [
      { text_index: 1, embedding: [3, 4] },
      { text_index: 0, embedding: [1, 2] },
    ];
    const wire = { output: { embeddings }, usage: { total_tokens: 5 }, request_id: "r" };
    expect(conversion.answer(wire, { model: "m", created: 0, request: openai })).toMatchObject(answered);
    const cohere = { model: "m", texts: ["q"], input_type: "clustering" };
    const { body, losses } = between("embeddings", "cohere", "dashscope").request(cohere, "m");
    expect(body["parameters"]).toEqual({});
    expect(losses).toEqual([{ field: "task", kind: "dropped" }]);
  });

  // Format: MiniMax' "Embeddings".
  test("MiniMax'", () => {
    const conversion = between("embeddings", "openai", "minimax");
    const { body, losses } = conversion.request(openai, "embo-01");
    expect(body).toEqual({ model: "embo-01", texts: ["one", "two"], type: "db" });
    expect(losses.map(({ field }) => field)).toEqual(["dimensions"]);
    const target = { model: "m", created: 0, request: openai };
    const vectors = [
      [1, 2],
      [3, 4],
    ];
    const wire = { vectors, total_tokens: 5, base_resp: { status_code: 0, status_msg: "success" } };
    expect(conversion.answer(wire, target)).toMatchObject(answered);
    const refused = { vectors: null, base_resp: { status_code: 1002, status_msg: "rate limit" } };
    expect(() => conversion.answer(refused, target)).toThrow(
      expect.objectContaining({ status: 429, message: "rate limit" }),
    );
  });
});

describe("rerank", () => {
  const request = { model: "m", query: "q", documents: ["a", "b"], top_n: 1, return_documents: true };

  test.each(["openai", "jina", "dashscope"] as const)("Cohere's request and answer over %s", (shape) => {
    const conversion = between("rerank", "cohere", shape);
    const { body } = conversion.request(request, "up");
    const inner = shape === "dashscope" ? (body["input"] as JsonObject) : body;
    expect(inner["documents"]).toEqual(["a", "b"]);
    expect(body["model"]).toBe("up");
    const results = [{ index: 1, relevance_score: 0.9, document: { text: "b" } }];
    const wire = shape === "dashscope" ? { output: { results }, request_id: "r" } : { id: "r", results };
    expect(conversion.answer(wire, { model: "m", created: 0, request })).toMatchObject({ id: "r", results });
  });

  test("Cohere no longer returns documents", () => {
    const { body, losses } = between("rerank", "jina", "cohere").request({ ...request, truncation: true }, "up");
    expect(body).toEqual({ model: "up", query: "q", documents: ["a", "b"], top_n: 1 });
    expect(losses.map(({ field }) => field)).toEqual(["truncation", "return_documents"]);
  });
});

test("what nobody can convert", () => {
  expect(familyConversion("speech", "openai", "cohere")).toBeUndefined();
  expect(familyConversion("embeddings", "openai", "jina")).toBeUndefined();
});

test("usage, wherever it stands", () => {
  expect(familyUsage({ usage: { prompt_tokens: 3, total_tokens: 3 } })).toEqual({ inputTokens: 3, outputTokens: 0 });
  expect(familyUsage({ usage: { input_tokens: 1, output_tokens: 2 } })).toEqual({ inputTokens: 1, outputTokens: 2 });
  expect(familyUsage({ meta: { billed_units: { input_tokens: 4 } } })?.inputTokens).toBe(4);
  expect(familyUsage({ usage: { total_tokens: 9 } })?.inputTokens).toBe(9);
  expect(familyUsage({ id: "x" })).toBeUndefined();
});
