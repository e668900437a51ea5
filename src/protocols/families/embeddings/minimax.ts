/** MiniMax' own embeddings. Format: https://platform.minimaxi.com/document/Embeddings */
import type { ProviderFormat } from "../family-codec.ts";
import { checkMinimax } from "../minimax-answer.ts";
import { numbersIn } from "../numbers.ts";
import { textsOnly } from "../texts-only.ts";
import type { EmbeddingAnswer, EmbeddingRequest, EmbeddingTask } from "./canonical.ts";

const TYPES: Readonly<Partial<Record<EmbeddingTask, string>>> = { query: "query", document: "db" };

export const minimaxEmbeddings: ProviderFormat<EmbeddingRequest, EmbeddingAnswer> = {
  request: {
    encode({ inputs, dimensions, task = "document" }, { model, losses }) {
      if (dimensions !== undefined) losses.dropped("dimensions");
      const type = TYPES[task];
      if (type === undefined) losses.dropped("task");
      // Required; see Cohere's.
      return { model, texts: textsOnly(inputs), type: type ?? "db" };
    },
  },
  answer: {
    decode(body) {
      checkMinimax(body);
      const { vectors: list, total_tokens: tokens } = body;
      if (!Array.isArray(list)) return undefined;
      const vectors = list.map(numbersIn);
      if (!vectors.every((vector) => vector !== undefined)) return undefined;
      return { vectors, ...(typeof tokens === "number" ? { inputTokens: tokens } : {}) };
    },
  },
};
