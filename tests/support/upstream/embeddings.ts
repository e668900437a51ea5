/**
 * Embeddings and rankings as the vendors send them: `CreateEmbeddingResponse` of the `openai` package, `EmbedContentResponse` of
 * `@google/genai`, and docs.cohere.com/reference/embed and /reference/rerank.
 */
import type { Json, JsonObject } from "#src/core/json.ts";

/** The vector of a text: numbers that a 32 bit float holds exactly. */
export function vectorOf(text: string): number[] {
  return [text.length, 0.5, -0.25];
}

/** OpenAI's answer; its clients ask for base64 unless told otherwise. */
export function openaiEmbeddings({ input, model = "", encoding_format: format }: JsonObject): JsonObject {
  const texts = (Array.isArray(input) ? input : [input ?? ""]).map(String);
  const data = texts.map((text, index): JsonObject => {
    const vector = vectorOf(text);
    const packed = Buffer.from(new Float32Array(vector).buffer).toString("base64");
    return { object: "embedding", index, embedding: format === "base64" ? packed : vector };
  });
  return { object: "list", data, model, usage: { prompt_tokens: texts.length, total_tokens: texts.length } };
}

/** Gemini's answer to `batchEmbedContents` or `embedContent`. */
export function geminiEmbeddings(body: JsonObject): JsonObject {
  const { requests } = body;
  if (!Array.isArray(requests)) return { embedding: { values: vectorOf(textIn(body)) } };
  return { embeddings: requests.map((request) => ({ values: vectorOf(textIn(request)) })) };
}

function textIn(request: Json): string {
  const { content } = request as { content?: { parts?: { text?: string }[] } };
  return (content?.parts ?? []).map(({ text = "" }) => text).join("");
}

/** Cohere's answer to a rerank: the longest document first. */
export function cohereRanking({ documents, top_n: top }: JsonObject): JsonObject {
  const texts = (Array.isArray(documents) ? documents : []).map(String);
  const results = texts
    .map((text, index) => ({ index, relevance_score: text.length / 100 }))
    .sort((a, b) => b.relevance_score - a.relevance_score);
  return {
    id: "fake-ranking",
    results: typeof top === "number" ? results.slice(0, top) : results,
    meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
  };
}
