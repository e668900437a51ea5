/** DashScope's own text-embedding. Format: https://help.aliyun.com/zh/model-studio/text-embedding-synchronous-api, "DashScope" */
import { isObject, type JsonObject } from "../../../core/json.ts";
import { invalid, optional, required } from "../../fields.ts";
import type { FamilyCodec } from "../family-codec.ts";
import { numbersIn } from "../numbers.ts";
import { textsOnly } from "../texts-only.ts";
import type { EmbeddingAnswer, EmbeddingRequest, EmbeddingTask } from "./canonical.ts";

const TASKS: ReadonlyMap<string, EmbeddingTask> = new Map([
  ["query", "query"],
  ["document", "document"],
]);
const KNOWN: ReadonlySet<string> = new Set(["model", "input", "parameters"]);
const KNOWN_INPUT: ReadonlySet<string> = new Set(["texts"]);
const KNOWN_PARAMETERS: ReadonlySet<string> = new Set(["dimension", "text_type"]);

export const dashscopeEmbeddings: FamilyCodec<EmbeddingRequest, EmbeddingAnswer> = {
  request: {
    decode(body, losses) {
      losses.unknown(body, KNOWN);
      const input = required(body["input"], "object", "input");
      losses.unknown(input, KNOWN_INPUT, "input.");
      const parameters = optional(body["parameters"], "object", "parameters") ?? {};
      losses.unknown(parameters, KNOWN_PARAMETERS, "parameters.");
      const inputs = required(input["texts"], "list", "input.texts").map((text, index) => {
        if (typeof text !== "string") throw invalid(`input.texts[${index}]`, "a string");
        return text;
      });
      const dimensions = optional(parameters["dimension"], "integer", "parameters.dimension");
      const type = optional(parameters["text_type"], "string", "parameters.text_type");
      const task = type === undefined ? undefined : TASKS.get(type);
      if (type !== undefined && task === undefined) losses.dropped("parameters.text_type");
      return {
        inputs,
        ...(dimensions === undefined ? {} : { dimensions }),
        ...(task === undefined ? {} : { task }),
      };
    },
    encode({ inputs, dimensions, task }, { model, losses }) {
      const known = task !== undefined && TASKS.has(task);
      if (task !== undefined && !known) losses.dropped("task");
      const parameters: JsonObject = {
        ...(known ? { text_type: task } : {}),
        ...(dimensions === undefined ? {} : { dimension: dimensions }),
      };
      return { model, input: { texts: textsOnly(inputs) }, parameters };
    },
  },
  answer: {
    decode({ output, usage }) {
      const list = isObject(output) ? output["embeddings"] : undefined;
      if (!Array.isArray(list)) return undefined;
      const vectors: number[][] = [];
      for (const [position, item] of list.entries()) {
        const vector = isObject(item) ? numbersIn(item["embedding"]) : undefined;
        if (vector === undefined || !isObject(item)) return undefined;
        // Each says of which text it is.
        const { text_index: index } = item;
        vectors[typeof index === "number" && index >= 0 && index < list.length ? index : position] = vector;
      }
      const tokens = isObject(usage) ? usage["total_tokens"] : undefined;
      return { vectors, ...(typeof tokens === "number" ? { inputTokens: tokens } : {}) };
    },
    encode({ vectors, inputTokens = 0 }) {
      return {
        output: { embeddings: vectors.map((embedding, index) => ({ text_index: index, embedding: [...embedding] })) },
        usage: { total_tokens: inputTokens },
        request_id: crypto.randomUUID(),
      };
    },
  },
};
