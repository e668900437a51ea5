import type { Json } from "#src/core/json.ts";

/** How a client asks for an API that is not chat. */
export interface FamilyRequest {
  readonly path: string;
  readonly init: () => RequestInit;
  /** Whether an answer that may have been converted is right; left out: it comes back as it was. */
  readonly seen?: (body: Json) => boolean;
  /** The same for an answer that is no JSON. */
  readonly heard?: (text: string) => boolean;
}

function json(body: Json, headers: Readonly<Record<string, string>> = {}): () => RequestInit {
  return () => ({
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

const get = (): RequestInit => ({});
const CLAUDE = { "anthropic-version": "2023-06-01" };

function form(file: string): () => RequestInit {
  return () => {
    const body = new FormData();
    body.set("model", "some-model");
    body.set(file, new File(["bytes"], "a.bin"));
    return { method: "POST", body };
  };
}

/** Reads a value deep in a body. */
function at(body: Json, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], body);
}

const EMBED = { model: "some-model", input: ["a"] };
const RERANK = { model: "some-model", query: "q", documents: ["a", "b"] };
const DRAW = { model: "some-model", prompt: "a cat" };
const SPEAK = { model: "some-model", input: "a", voice: "alloy" };
const drawn = (body: Json): boolean =>
  at(body, "data", 0, "b64_json") === "aGk=" || at(body, "data", 0, "url") === "https://example.com/a.png";
const embedded = (body: Json): boolean => at(body, "data", 0, "embedding", 0) === 0.5;
const ranked = (body: Json): boolean => at(body, "results", 0, "relevance_score") === 0.9;

/** By `<api>` as {@link ProviderExpectations.urls} has it, or `<api> <protocol>`. Format: https://platform.openai.com/docs/api-reference */
export const FAMILY_REQUESTS: Readonly<Record<string, FamilyRequest>> = {
  models: { path: "/v1/models", init: get, seen: (body) => at(body, "data", 0, "id") === "some-model" },
  completions: { path: "/v1/completions", init: json({ model: "some-model", prompt: "a" }) },
  embeddings: { path: "/v1/embeddings", init: json(EMBED), seen: embedded },
  rerank: { path: "/v1/reranks", init: json(RERANK), seen: ranked },
  moderations: { path: "/v1/moderations", init: json({ model: "some-model", input: "a" }) },
  "image-generation": { path: "/v1/images/generations", init: json(DRAW), seen: drawn },
  "image-edit": { path: "/v1/images/edits", init: form("image") },
  "image-variation": { path: "/v1/images/variations", init: form("image") },
  speech: { path: "/v1/audio/speech", init: json(SPEAK), heard: (text) => text.endsWith("sound") },
  transcription: { path: "/v1/audio/transcriptions", init: form("file") },
  translation: { path: "/v1/audio/translations", init: form("file") },
  files: { path: "/v1/files", init: get },
  uploads: { path: "/v1/uploads", init: json({ filename: "a", purpose: "batch", bytes: 1, mime_type: "text/plain" }) },
  batches: { path: "/v1/batches", init: json({ input_file_id: "file-1", endpoint: "/v1/embeddings" }) },
  "fine-tuning": { path: "/v1/fine_tuning/jobs", init: get },
  videos: { path: "/v1/videos", init: json({ model: "some-model", prompt: "a cat" }) },
  responses: { path: "/v1/responses/resp_1", init: get },
  conversations: { path: "/v1/conversations", init: json({}) },
  "vector-stores": { path: "/v1/vector_stores", init: get },
  "files anthropic-messages": {
    path: "/v1/files",
    init: () => ({ headers: CLAUDE }),
  },
  "message-batches anthropic-messages": {
    path: "/v1/messages/batches",
    init: json({ requests: [] }, CLAUDE),
  },
  "complete anthropic-messages": {
    path: "/v1/complete",
    init: json({ model: "some-model", prompt: "a", max_tokens_to_sample: 1 }, CLAUDE),
  },
};

/** What a provider answers, by `<api>`, or by `<api> <shape>` where vendors differ; `{"ok":true}` when left out. */
export const FAMILY_ANSWERS: Readonly<Record<string, { readonly body: string; readonly type?: string }>> = {
  models: { body: JSON.stringify({ object: "list", data: [{ id: "some-model", object: "model" }] }) },
  // https://docs.cohere.com/reference/list-models
  "models cohere": { body: JSON.stringify({ models: [{ name: "some-model", endpoints: ["chat"] }] }) },
  speech: { body: "sound", type: "audio/mpeg" },
  "embeddings openai": {
    body: JSON.stringify({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.5] }],
      model: "some-model",
      usage: { prompt_tokens: 1, total_tokens: 1 },
    }),
  },
  // https://docs.cohere.com/reference/embed
  "embeddings cohere": {
    body: JSON.stringify({ id: "e1", embeddings: { float: [[0.5]] }, texts: ["a"], meta: { billed_units: {} } }),
  },
  "image-generation openai": { body: JSON.stringify({ created: 1, data: [{ b64_json: "aGk=" }] }) },
  // https://ai.google.dev/gemini-api/docs/image-generation
  "image-generation gemini": {
    body: JSON.stringify({
      candidates: [{ content: { parts: [{ inlineData: { mimeType: "image/png", data: "aGk=" } }] } }],
    }),
  },
  // https://www.alibabacloud.com/help/en/model-studio/qwen-image-api
  "image-generation dashscope": {
    body: JSON.stringify({
      output: { choices: [{ message: { role: "assistant", content: [{ image: "https://example.com/a.png" }] } }] },
    }),
  },
  // https://platform.minimax.io/docs/api-reference/speech-t2a-http
  "speech minimax": {
    body: JSON.stringify({
      data: { audio: Buffer.from("sound").toString("hex"), status: 2 },
      extra_info: { audio_format: "mp3" },
      base_resp: { status_code: 0, status_msg: "success" },
    }),
  },
  "embeddings minimax": {
    body: JSON.stringify({ vectors: [[0.5]], total_tokens: 1, base_resp: { status_code: 0, status_msg: "success" } }),
  },
  // https://ai.google.dev/gemini-api/docs/speech-generation
  "speech gemini": {
    body: JSON.stringify({
      candidates: [
        { content: { parts: [{ inlineData: { mimeType: "audio/L16;codec=pcm;rate=24000", data: btoa("sound") } }] } },
      ],
    }),
  },
  // "Text embeddings API" of Vertex AI
  "embeddings vertex": { body: JSON.stringify({ predictions: [{ embeddings: { values: [0.5] } }] }) },
  // https://ai.google.dev/api/embeddings
  "embeddings gemini": { body: JSON.stringify({ embeddings: [{ values: [0.5] }] }) },
  // AWS' user guide, "Amazon Nova Canvas"
  "image-generation bedrock": { body: JSON.stringify({ images: ["aGk="], error: null }) },
  // AWS' user guide, "Amazon Titan Text Embeddings models"
  "embeddings bedrock": { body: JSON.stringify({ embedding: [0.5], inputTextTokenCount: 1 }) },
  // https://help.aliyun.com/zh/model-studio/text-embedding-synchronous-api
  "embeddings dashscope": {
    body: JSON.stringify({ output: { embeddings: [{ text_index: 0, embedding: [0.5] }] }, usage: { total_tokens: 1 } }),
  },
  // https://help.aliyun.com/zh/model-studio/text-rerank-api
  "rerank dashscope": {
    body: JSON.stringify({ output: { results: [{ index: 1, relevance_score: 0.9 }] }, usage: { total_tokens: 1 } }),
  },
  // https://docs.cohere.com/reference/rerank; others have the same list
  rerank: { body: JSON.stringify({ id: "r1", results: [{ index: 1, relevance_score: 0.9 }], meta: {} }) },
};
