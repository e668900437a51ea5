/** Gemini's embedContent and batchEmbedContents. Format: https://ai.google.dev/api/embeddings */
import { isObject, type JsonObject } from "../../../core/json.ts";
import { invalid, optional, required } from "../../fields.ts";
import type { FamilyCodec } from "../family-codec.ts";
import { numbersIn } from "../numbers.ts";
import type { Losses } from "../shape-losses.ts";
import { textsOnly } from "../texts-only.ts";
import type { EmbeddingAnswer, EmbeddingRequest, EmbeddingTask } from "./canonical.ts";

/** Google's words for what embeddings are for. */
const TASKS: ReadonlyMap<string, EmbeddingTask> = new Map([
  ["RETRIEVAL_QUERY", "query"],
  ["RETRIEVAL_DOCUMENT", "document"],
  ["CLASSIFICATION", "classification"],
  ["CLUSTERING", "clustering"],
]);
/** The same the other way. */
export const GOOGLE_TASKS: ReadonlyMap<EmbeddingTask, string> = new Map([...TASKS].map(([name, task]) => [task, name]));
const KNOWN: ReadonlySet<string> = new Set(["model", "content", "taskType", "outputDimensionality"]);
const KNOWN_BATCH: ReadonlySet<string> = new Set(["model", "requests"]);

export const geminiEmbeddings: FamilyCodec<EmbeddingRequest, EmbeddingAnswer> = {
  request: {
    action: () => "batchEmbedContents",
    decode(body, losses) {
      if (body["requests"] === undefined) return one(body, losses, "");
      losses.unknown(body, KNOWN_BATCH);
      const all = required(body["requests"], "list", "requests").map((item, index) => {
        if (!isObject(item)) throw invalid(`requests[${index}]`, "an object");
        return one(item, losses, `requests[${index}].`);
      });
      const [first] = all;
      if (first === undefined) throw invalid("requests", "a list of at least one request");
      for (const [index, { dimensions, task }] of all.entries()) {
        // Others have one of each for the whole request.
        if (dimensions !== first.dimensions) losses.dropped(`requests[${index}].outputDimensionality`);
        if (task !== first.task) losses.dropped(`requests[${index}].taskType`);
      }
      return { ...first, inputs: all.flatMap(({ inputs }) => inputs) };
    },
    encode({ inputs, dimensions, task }, { model }) {
      const name = task === undefined ? undefined : GOOGLE_TASKS.get(task);
      const options: JsonObject = {
        ...(name === undefined ? {} : { taskType: name }),
        ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
      };
      const contents = textsOnly(inputs).map((text): JsonObject => ({ parts: [{ text }] }));
      return { requests: contents.map((content) => Object.assign({ model: `models/${model}`, content }, options)) };
    },
  },
  answer: {
    decode({ embedding, embeddings, usageMetadata }) {
      const list = Array.isArray(embeddings) ? embeddings : isObject(embedding) ? [embedding] : undefined;
      const vectors = list?.map((item) => (isObject(item) ? numbersIn(item["values"]) : undefined));
      if (vectors === undefined || !vectors.every((vector) => vector !== undefined)) return undefined;
      const tokens = isObject(usageMetadata) ? usageMetadata["promptTokenCount"] : undefined;
      return { vectors, ...(typeof tokens === "number" ? { inputTokens: tokens } : {}) };
    },
    encode({ vectors, inputTokens }, { action }) {
      const embeddings = vectors.map((values): JsonObject => ({ values: [...values] }));
      const usage: JsonObject = inputTokens === undefined ? {} : { usageMetadata: { promptTokenCount: inputTokens } };
      return action === "embedContent" ? { embedding: embeddings[0] ?? {}, ...usage } : { embeddings, ...usage };
    },
  },
};

function one(body: JsonObject, losses: Losses, path: string): EmbeddingRequest {
  losses.unknown(body, KNOWN, path);
  const content = required(body["content"], "object", `${path}content`);
  const texts = required(content["parts"], "list", `${path}content.parts`).map((part, index) => {
    if (isObject(part) && typeof part["text"] === "string") return part["text"];
    throw invalid(`${path}content.parts[${index}].text`, "a string");
  });
  const taskType = optional(body["taskType"], "string", `${path}taskType`);
  const task = taskType === undefined ? undefined : TASKS.get(taskType);
  if (taskType !== undefined && task === undefined) losses.dropped(`${path}taskType`);
  const dimensions = optional(body["outputDimensionality"], "integer", `${path}outputDimensionality`);
  return {
    inputs: [texts.join("\n")],
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(task === undefined ? {} : { task }),
  };
}
