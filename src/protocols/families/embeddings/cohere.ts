/** Cohere's embed, version 2, and version 1 for its clients. Formats: https://docs.cohere.com/reference/embed, …/v1/reference/embed */
import { isObject, type JsonObject } from "../../../core/json.ts";
import { invalid, optional, required } from "../../fields.ts";
import type { FamilyCodec } from "../family-codec.ts";
import { numbersIn } from "../numbers.ts";
import { textsOnly } from "../texts-only.ts";
import type { EmbeddingAnswer, EmbeddingRequest, EmbeddingTask } from "./canonical.ts";

const TASKS: ReadonlyMap<string, EmbeddingTask> = new Map([
  ["search_query", "query"],
  ["search_document", "document"],
  ["classification", "classification"],
  ["clustering", "clustering"],
]);
const NAMES: ReadonlyMap<EmbeddingTask, string> = new Map([...TASKS].map(([name, task]) => [task, name]));
const KNOWN: ReadonlySet<string> = new Set(["model", "texts", "input_type", "output_dimension", "embedding_types"]);

export const cohereEmbeddings: FamilyCodec<EmbeddingRequest, EmbeddingAnswer> = {
  request: {
    decode(body, losses) {
      losses.unknown(body, KNOWN);
      const types = optional(body["embedding_types"], "list", "embedding_types") ?? [];
      for (const type of types) if (type !== "float") losses.dropped("embedding_types", "Vectors come as floats.");
      const inputs = required(body["texts"], "list", "texts").map((text, index) => {
        if (typeof text !== "string") throw invalid(`texts[${index}]`, "a string");
        return text;
      });
      const type = optional(body["input_type"], "string", "input_type");
      const task = type === undefined ? undefined : TASKS.get(type);
      if (type !== undefined && task === undefined) losses.dropped("input_type");
      const dimensions = optional(body["output_dimension"], "integer", "output_dimension");
      return {
        inputs,
        ...(dimensions === undefined ? {} : { dimensions }),
        ...(task === undefined ? {} : { task }),
      };
    },
    encode({ inputs, dimensions, task }, { model }) {
      return {
        model,
        texts: textsOnly(inputs),
        // Required. What nobody says a use for is most often what others will be compared with.
        input_type: NAMES.get(task ?? "document") ?? "search_document",
        embedding_types: ["float"],
        ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
      };
    },
  },
  answer: {
    decode({ embeddings, meta }) {
      const floats = isObject(embeddings) ? embeddings["float"] : undefined;
      if (!Array.isArray(floats)) return undefined;
      const vectors = floats.map(numbersIn);
      if (!vectors.every((vector) => vector !== undefined)) return undefined;
      const billed = isObject(meta) ? meta["billed_units"] : undefined;
      const tokens = isObject(billed) ? billed["input_tokens"] : undefined;
      return { vectors, ...(typeof tokens === "number" ? { inputTokens: tokens } : {}) };
    },
    encode({ vectors, inputTokens }, { request, action }) {
      const { texts } = request;
      const floats = vectors.map((vector) => [...vector]);
      const first = action === "v1/embed";
      // The first version lists the vectors as such unless it was told what types of them are wanted.
      const plain = first && (request["embedding_types"] ?? null) === null;
      return {
        id: crypto.randomUUID(),
        ...(first ? { response_type: plain ? "embeddings_floats" : "embeddings_by_type" } : {}),
        embeddings: plain ? floats : { float: floats },
        ...(texts === undefined ? {} : { texts }),
        meta: { api_version: { version: first ? "1" : "2" }, billed_units: { input_tokens: inputTokens ?? 0 } },
      } satisfies JsonObject;
    },
  },
};
