/**
 * What Bedrock's `invoke` takes of models that embed: each vendor's own. Formats: AWS' user guide, "Amazon Titan Text Embeddings", "Amazon
 * Titan Multimodal Embeddings G1", "Amazon Nova Multimodal Embeddings" and "Cohere Embed"
 */
import { Fault } from "../../../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { FamilyTarget, ProviderFormat } from "../family-codec.ts";
import { numbersIn } from "../numbers.ts";
import { textsOnly } from "../texts-only.ts";
import type { EmbeddingAnswer, EmbeddingRequest, EmbeddingTask } from "./canonical.ts";

type Write = (request: EmbeddingRequest, target: FamilyTarget) => JsonObject;

/** By what a model's id holds; the last is for all others. */
const WRITERS: readonly (readonly [models: RegExp, write: Write])[] = [
  [/cohere\.embed/, cohere],
  [/nova.*embed/, nova],
  [/titan-embed-image/, titanImage],
  [/titan-embed-text-v1|titan-embed-g1/, titanFirst],
  [/./, titan],
];

const COHERE_TASKS: Readonly<Record<EmbeddingTask, string>> = {
  query: "search_query",
  document: "search_document",
  classification: "classification",
  clustering: "clustering",
};

function cohere({ inputs, dimensions, task }: EmbeddingRequest, { model, losses }: FamilyTarget): JsonObject {
  const sized = model.includes("embed-v4");
  if (dimensions !== undefined && !sized) losses.dropped("dimensions");
  return {
    texts: textsOnly(inputs),
    input_type: COHERE_TASKS[task ?? "document"],
    embedding_types: ["float"],
    ...(dimensions === undefined || !sized ? {} : { output_dimension: dimensions }),
  };
}

const NOVA_PURPOSES: Readonly<Record<EmbeddingTask, string>> = {
  query: "GENERIC_RETRIEVAL",
  document: "GENERIC_INDEX",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
};

function nova({ inputs, dimensions, task }: EmbeddingRequest): JsonObject {
  return {
    taskType: "SINGLE_EMBEDDING",
    singleEmbeddingParams: {
      embeddingPurpose: NOVA_PURPOSES[task ?? "document"],
      ...(dimensions === undefined ? {} : { embeddingDimension: dimensions }),
      text: { truncationMode: "NONE", value: onlyText(inputs) },
    },
  };
}

function titan({ inputs, dimensions, task }: EmbeddingRequest, { losses }: FamilyTarget): JsonObject {
  if (task !== undefined) losses.dropped("task");
  return { inputText: onlyText(inputs), ...(dimensions === undefined ? {} : { dimensions }) };
}

function titanFirst({ inputs, dimensions, task }: EmbeddingRequest, { losses }: FamilyTarget): JsonObject {
  if (task !== undefined) losses.dropped("task");
  if (dimensions !== undefined) losses.dropped("dimensions");
  return { inputText: onlyText(inputs) };
}

function titanImage({ inputs, dimensions, task }: EmbeddingRequest, { losses }: FamilyTarget): JsonObject {
  if (task !== undefined) losses.dropped("task");
  const config: JsonObject = dimensions === undefined ? {} : { embeddingConfig: { outputEmbeddingLength: dimensions } };
  return { inputText: onlyText(inputs), ...config };
}

/** The one text; these models embed one a request. */
function onlyText(inputs: EmbeddingRequest["inputs"]): string {
  const [only, ...others] = textsOnly(inputs);
  if (only !== undefined && others.length === 0) return only;
  throw new Fault("invalid_request", "This model embeds one text a request; send each text in a request of its own.", {
    param: "input",
  });
}

/** A vector, or what holds one. */
function vectorOf(value: Json | undefined): number[] | undefined {
  return numbersIn(isObject(value) ? value["embedding"] : value);
}

function vectorsIn({ embedding, embeddings }: JsonObject): (number[] | undefined)[] | undefined {
  if (Array.isArray(embedding)) return [vectorOf(embedding)];
  // Cohere's by their type when types were asked for.
  const list = isObject(embeddings) ? embeddings["float"] : embeddings;
  return Array.isArray(list) ? list.map(vectorOf) : undefined;
}

export const bedrockEmbeddings: ProviderFormat<EmbeddingRequest, EmbeddingAnswer> = {
  request: {
    encode(request, target) {
      const [, write = titan] = WRITERS.find(([models]) => models.test(target.model)) ?? [];
      return write(request, target);
    },
  },
  answer: {
    decode(body) {
      const vectors = vectorsIn(body);
      if (vectors === undefined || !vectors.every((vector) => vector !== undefined)) return undefined;
      const { inputTextTokenCount: tokens } = body;
      return { vectors, ...(typeof tokens === "number" ? { inputTokens: tokens } : {}) };
    },
  },
};
