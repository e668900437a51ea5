import type { ApiName, Shape } from "../core/api.ts";
import type { ClientProtocol } from "../core/protocol.ts";

/** An API as its path shows it. */
export interface ApiCall {
  readonly api: ApiName;
  /** The protocol of the path, which errors are told in; undefined for paths that several vendors share (`/v1/models`, `/v1/files`). */
  readonly protocol?: ClientProtocol;
  /** The one method of an API that has just one; otherwise any goes on to the provider. */
  readonly method?: "GET" | "POST";
  /** The id of the object a path names (`/v1/models/{id}`, `/v1/files/{id}/content`), decoded. */
  readonly id?: string;
  /** What follows the API's own path, as sent: `/file-1/content`. */
  readonly rest?: string;
  /** The path is that of Google's uploads: what it names stands behind `/upload`. */
  readonly upload?: true;
  /** The format of the request; `openai` when left out. */
  readonly shape?: Shape;
  /**
   * The model and the last word of a path of Gemini (`/v1beta/models/{model}:{action}`) or Bedrock; the model decoded. Of Cohere's paths
   * the action is the version and the word behind it (`v1/embed`), where it is not that of the API as it is now.
   */
  readonly model?: string;
  readonly action?: string;
}

const CHAT: ApiCall = { api: "chat", protocol: "openai-chat", method: "POST" };
const MESSAGES: ApiCall = { api: "chat", protocol: "anthropic-messages", method: "POST" };
const RESPONSES: ApiCall = { api: "chat", protocol: "openai-responses", method: "POST" };

/** Paths that are matched by their end; whatever stands before is the route's own. */
const SUFFIXES: readonly (readonly [suffix: string, call: ApiCall])[] = [
  ["/v1/messages/count_tokens", { api: "count-tokens", protocol: "anthropic-messages", method: "POST" }],
  ["/models", { api: "models", method: "GET" }],
  ["/v1/embeddings", posted("embeddings")],
  ["/v1/completions", posted("completions")],
  ["/v1/images/generations", posted("image-generation")],
  ["/v1/images/edits", posted("image-edit")],
  ["/v1/images/variations", posted("image-variation")],
  ["/v1/audio/speech", posted("speech")],
  ["/v1/audio/transcriptions", posted("transcription")],
  ["/v1/audio/translations", posted("translation")],
  ["/v1/moderations", posted("moderations")],
  ["/v1/rerank", { ...posted("rerank", "cohere"), action: "v1/rerank" }],
  ["/v2/rerank", posted("rerank", "cohere")],
  ["/v1/reranks", posted("rerank")],
  ["/v1/embed", { ...posted("embeddings", "cohere"), action: "v1/embed" }],
  ["/v2/embed", posted("embeddings", "cohere")],
  // Cohere's own clients speak no protocol that is converted.
  ["/v1/chat", { api: "cohere-chat", method: "POST", shape: "cohere", action: "v1/chat" }],
  ["/v2/chat", { api: "cohere-chat", method: "POST", shape: "cohere", action: "v2/chat" }],
  ["/v1/realtime", { api: "realtime", protocol: "openai-chat", method: "GET" }],
  ["/v1/complete", { api: "complete", protocol: "anthropic-messages", method: "POST" }],
];

function posted(api: ApiName, shape?: Shape): ApiCall {
  return { api, protocol: "openai-chat", method: "POST", ...(shape === undefined ? {} : { shape }) };
}

/** Paths that stand for a whole family: objects, what is done with them, and what is inside them. A more exact one stands first. */
const TREES: readonly (readonly [path: string, call: ApiCall])[] = [
  ["/v1/messages/batches", { api: "message-batches", protocol: "anthropic-messages" }],
  ["/v1/models", { api: "models", method: "GET" }],
  ["/v1beta/models", { api: "models", method: "GET" }],
  ["/v1/vector_stores", { api: "vector-stores", protocol: "openai-chat" }],
  ["/v1/conversations", { api: "conversations", protocol: "openai-responses" }],
  ["/v1/responses", { api: "responses", protocol: "openai-responses" }],
  ["/v1/fine_tuning", { api: "fine-tuning", protocol: "openai-chat" }],
  ["/v1/batches", { api: "batches", protocol: "openai-chat" }],
  ["/v1/uploads", { api: "uploads", protocol: "openai-chat" }],
  ["/v1/videos", { api: "videos", protocol: "openai-chat" }],
  ["/v1/realtime", { api: "realtime", protocol: "openai-chat" }],
  // Anthropic's file store has the same path as OpenAI's.
  ["/v1/files", { api: "files" }],
  ["/v1beta/files", { api: "files", protocol: "gemini", shape: "gemini" }],
  ["/v1beta/batches", { api: "batches", protocol: "gemini", shape: "gemini" }],
  ["/v1beta/cachedContents", { api: "cached-contents", protocol: "gemini", shape: "gemini" }],
  ["/v1beta/operations", { api: "operations", protocol: "gemini", shape: "gemini" }],
  ["/api/v1/services/aigc", { api: "aigc", protocol: "openai-chat", shape: "dashscope" }],
  ["/api/v1/tasks", { api: "tasks", protocol: "openai-chat", shape: "dashscope" }],
];

/** The last words of Gemini's paths. Format: https://ai.google.dev/api */
const ACTIONS: ReadonlyMap<string, ApiName> = new Map([
  ["generateContent", "chat"],
  ["streamGenerateContent", "chat"],
  ["countTokens", "count-tokens"],
  ["embedContent", "embeddings"],
  ["batchEmbedContents", "embeddings"],
  ["predict", "image-generation"],
  ["predictLongRunning", "operations"],
  ["batchGenerateContent", "batches"],
  ["asyncBatchEmbedContent", "batches"],
]);

/** The API a path asks for, wherever below a route's prefix it stands; undefined when it is none. */
export function apiOf(path: string): ApiCall | undefined {
  // Most requests by far are one of these.
  if (path.endsWith("/chat/completions")) return CHAT;
  if (path.endsWith("/v1/messages")) return MESSAGES;
  if (path.endsWith("/v1/responses")) return RESPONSES;
  return (
    geminiCall(path) ??
    bedrockCall(path) ??
    operationCall(path) ??
    SUFFIXES.find(([suffix]) => path.endsWith(suffix))?.[1] ??
    treeCall(path)
  );
}

/** Where Google's paths begin when there is no `/models/` in them: tuned models, and names some clients take for a whole resource. */
const BARE_MODEL = /\/v\d+(?:alpha|beta)\d*\/([^:]+)$/;

/** `…/models/{model}:{action}`, Google's way to name what is done with a model; Vertex has it below projects and publishers. */
function geminiCall(path: string): ApiCall | undefined {
  const colon = path.lastIndexOf(":");
  if (colon < 0) return undefined;
  const action = path.slice(colon + 1);
  const api = ACTIONS.get(action);
  if (api === undefined) return undefined;
  const at = path.lastIndexOf("/models/", colon);
  const named = at < 0 ? BARE_MODEL.exec(path.slice(0, colon))?.[1] : path.slice(at + "/models/".length, colon);
  const model = decoded(named ?? "");
  return model === "" ? undefined : { api, protocol: "gemini", method: "POST", shape: "gemini", model, action };
}

/** Bedrock's runtime. Format: AWS API Reference, Amazon Bedrock Runtime. */
const BEDROCK = /\/model\/([^/]+)\/(converse|converse-stream|invoke|invoke-with-response-stream|count-tokens)$/;

/** `/model/{id}/{action}`, Bedrock's way to name what is done with a model; an id may be an ARN, with its slashes encoded. */
function bedrockCall(path: string): ApiCall | undefined {
  const [, model, action] = (path.includes("/model/") && BEDROCK.exec(path)) || [];
  if (model === undefined || action === undefined) return undefined;
  return { api: "bedrock-runtime", method: "POST", shape: "bedrock", model: decoded(model), action };
}

/** `…/models/{model}/operations/{id}`: what became of a `predictLongRunning`, by the name that it was given. */
const MODEL_OPERATION = /\/v1beta(\/(?:models|tunedModels)\/[^/]+\/operations\/([^/]+))$/;

function operationCall(path: string): ApiCall | undefined {
  const [, rest, id] = MODEL_OPERATION.exec(path) ?? [];
  if (rest === undefined || id === undefined) return undefined;
  return { api: "operations", protocol: "gemini", shape: "gemini", rest, id: decoded(id) };
}

function treeCall(path: string): ApiCall | undefined {
  for (const [tree, call] of TREES) {
    const at = path.indexOf(tree);
    if (at < 0) continue;
    const rest = path.slice(at + tree.length);
    const own = path.endsWith("/upload", at) ? { ...call, upload: true as const } : call;
    if (rest === "" || rest === "/") return own;
    if (!rest.startsWith("/")) continue;
    // A model's id may hold slashes.
    if (call.api === "models") return { ...call, id: decoded(rest.slice(1)) };
    return { ...own, rest, id: decoded(idIn(call.api, rest)) };
  }
  return undefined;
}

/** The object's segment. Fine-tuning has the kind of the object before it: `/jobs/{id}`, `/checkpoints/{id}/permissions`. */
function idIn(api: ApiName, rest: string): string {
  const segments = rest.split("/");
  return segments[api === "fine-tuning" ? 2 : 1] ?? "";
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The protocol an error is told in: the path's own, else by what only one vendor's clients send, else OpenAI's. */
export function protocolOf(path: string, headers: Headers): ClientProtocol {
  const own = apiOf(path)?.protocol;
  if (own !== undefined) return own;
  if (headers.has("anthropic-version")) return "anthropic-messages";
  return path.includes("/v1beta/") || headers.has("x-goog-api-key") ? "gemini" : "openai-chat";
}
