import type { ApiName } from "#src/core/api.ts";
import type { UpstreamCall } from "#src/core/provider.ts";

/**
 * The APIs of OpenAI and their paths below a root such as `https://api.openai.com/v1`, and one of its imitators' (`rerank`). `chat` is
 * left out: its path depends on the protocol. Format: https://platform.openai.com/docs/api-reference
 */
export const OPENAI_PATHS: Readonly<Record<OpenAIApi, string>> = {
  models: "/models",
  completions: "/completions",
  embeddings: "/embeddings",
  "image-generation": "/images/generations",
  "image-edit": "/images/edits",
  "image-variation": "/images/variations",
  speech: "/audio/speech",
  transcription: "/audio/transcriptions",
  translation: "/audio/translations",
  moderations: "/moderations",
  rerank: "/rerank",
  files: "/files",
  uploads: "/uploads",
  batches: "/batches",
  "fine-tuning": "/fine_tuning",
  videos: "/videos",
  realtime: "/realtime",
  responses: "/responses",
  conversations: "/conversations",
  "vector-stores": "/vector_stores",
};

/** An API a server may have beside chat. */
export type OpenAIApi = Exclude<
  ApiName,
  | "chat"
  | "count-tokens"
  | "complete"
  | "message-batches"
  | "cached-contents"
  | "operations"
  | "aigc"
  | "tasks"
  | "bedrock-runtime"
  | "cohere-chat"
>;

/** All that OpenAI itself has; it does not rerank. */
export const OPENAI_APIS: readonly OpenAIApi[] = (Object.keys(OPENAI_PATHS) as OpenAIApi[]).filter(
  (api) => api !== "rerank",
);

/** Those whose requests can be converted from another vendor's shape, so that the path the client chose does not matter. */
const SHAPED: ReadonlySet<ApiName> = new Set([
  "embeddings",
  "image-generation",
  "image-edit",
  "image-variation",
  "speech",
  "transcription",
  "translation",
  "rerank",
]);

/** Whether a call in its client's protocol can be answered by OpenAI's API of that name: a file store of Anthropic's is another one. */
export function isOpenAIs({ api, protocol }: UpstreamCall): boolean {
  return SHAPED.has(api) || protocol === "openai-chat" || protocol === "openai-responses";
}

/** The URL of a WebSocket on the same server. */
export function webSocket(url: string): string {
  return url.replace(/^http/, "ws");
}

/** The URL with `rest`, which begins with a slash, behind its path and before its query. */
export function below(url: string, rest: string | undefined): string {
  if (rest === undefined || rest === "") return url;
  const query = url.indexOf("?");
  return query < 0 ? url + rest : url.slice(0, query) + rest + url.slice(query);
}
