/** What an embedding will be used for, in the words at least two vendors share. */
export type EmbeddingTask = "query" | "document" | "classification" | "clustering";

/** A request for embeddings, whoever's. */
export interface EmbeddingRequest {
  /** Texts, or lists of token ids, which only OpenAI takes. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions?: number;
  readonly task?: EmbeddingTask;
}

/** Its answer: one vector for each input, in their order. */
export interface EmbeddingAnswer {
  readonly vectors: readonly (readonly number[])[];
  readonly inputTokens?: number;
}
