/**
 * The APIs a gateway can be asked for, by families: those of one family have one shape and one way to be handled. Formats: the vendors'
 * API references (platform.openai.com, docs.anthropic.com, ai.google.dev, docs.cohere.com).
 */

/** Whose wire format a request and its answer are in, for families that vendors shape differently. */
export type Shape =
  | "openai"
  | "anthropic"
  | "gemini"
  | "vertex"
  | "cohere"
  | "jina"
  | "dashscope"
  | "bedrock"
  | "minimax";

/** One API. Paths below an API's own, such as `/v1/files/{id}/content`, belong to it. */
export type ApiName =
  | "chat"
  | "count-tokens"
  | "models"
  | "completions"
  | "embeddings"
  | "image-generation"
  | "image-edit"
  | "image-variation"
  | "speech"
  | "transcription"
  | "translation"
  | "moderations"
  | "rerank"
  | "files"
  | "uploads"
  | "batches"
  | "fine-tuning"
  | "videos"
  | "realtime"
  /** A stored answer of OpenAI's Responses: `/v1/responses/{id}` and below. */
  | "responses"
  | "conversations"
  | "vector-stores"
  /** Anthropic's `/v1/complete`. */
  | "complete"
  /** Anthropic's `/v1/messages/batches`. */
  | "message-batches"
  /** Gemini's own: cached contents, long-running predictions, operations. */
  | "cached-contents"
  | "operations"
  /** DashScope's asynchronous services and tasks. */
  | "aigc"
  | "tasks"
  /** Bedrock's own: what is done with a model, `/model/{id}/converse`, `/invoke` and their streams. */
  | "bedrock-runtime"
  /** Cohere's own chats, `/v2/chat` and `/v1/chat`, as its own clients ask for them. */
  | "cohere-chat";
