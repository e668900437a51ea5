/**
 * The text embeddings of Vertex AI that are asked for by `predict`. Format: "Text embeddings API" and TextEmbeddingPredictionParams in
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 */
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { ProviderFormat } from "../family-codec.ts";
import { numbersIn } from "../numbers.ts";
import { textsOnly } from "../texts-only.ts";
import type { EmbeddingAnswer, EmbeddingRequest } from "./canonical.ts";
import { GOOGLE_TASKS } from "./gemini.ts";

export const vertexEmbeddings: ProviderFormat<EmbeddingRequest, EmbeddingAnswer> = {
  request: {
    action: () => "predict",
    encode({ inputs, dimensions, task }) {
      const name = task === undefined ? undefined : GOOGLE_TASKS.get(task);
      const instances = textsOnly(inputs).map((content): JsonObject =>
        name === undefined ? { content } : { content, task_type: name },
      );
      return { instances, ...(dimensions === undefined ? {} : { parameters: { outputDimensionality: dimensions } }) };
    },
  },
  answer: {
    decode({ predictions }) {
      if (!Array.isArray(predictions)) return undefined;
      const found = predictions.map(embeddingIn);
      if (!found.every((one) => one !== undefined)) return undefined;
      const tokens = found.map(({ statistics }) => (isObject(statistics) ? statistics["token_count"] : undefined));
      const counted = tokens.every((count) => typeof count === "number");
      const vectors = found.map(({ vector }) => vector);
      return counted ? { vectors, inputTokens: tokens.reduce((sum, count) => sum + count, 0) } : { vectors };
    },
  },
};

function embeddingIn(prediction: Json): { vector: readonly number[]; statistics: Json | undefined } | undefined {
  const embeddings = isObject(prediction) ? prediction["embeddings"] : undefined;
  if (!isObject(embeddings)) return undefined;
  const vector = numbersIn(embeddings["values"]);
  return vector === undefined ? undefined : { vector, statistics: embeddings["statistics"] };
}
