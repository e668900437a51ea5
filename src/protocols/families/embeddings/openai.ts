/** OpenAI's embeddings. Format: https://platform.openai.com/docs/api-reference/embeddings */
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { invalid, optional } from "../../fields.ts";
import type { FamilyCodec } from "../family-codec.ts";
import { numbersIn } from "../numbers.ts";
import type { EmbeddingAnswer, EmbeddingRequest } from "./canonical.ts";

const KNOWN: ReadonlySet<string> = new Set(["model", "input", "dimensions", "encoding_format"]);

export const openaiEmbeddings: FamilyCodec<EmbeddingRequest, EmbeddingAnswer> = {
  request: {
    decode(body, losses) {
      losses.unknown(body, KNOWN);
      const dimensions = optional(body["dimensions"], "integer", "dimensions");
      return { inputs: inputsOf(body["input"]), ...(dimensions === undefined ? {} : { dimensions }) };
    },
    encode({ inputs, dimensions, task }, { model, losses }) {
      if (task !== undefined) losses.dropped("task");
      const [only] = inputs;
      const input = inputs.length === 1 && typeof only === "string" ? only : (inputs as Json[]);
      return { model, input, encoding_format: "float", ...(dimensions === undefined ? {} : { dimensions }) };
    },
  },
  answer: {
    decode(body) {
      const { data, usage } = body;
      if (!Array.isArray(data)) return undefined;
      const vectors = data.map((item) => (isObject(item) ? vectorOf(item["embedding"]) : undefined));
      if (!vectors.every((vector) => vector !== undefined)) return undefined;
      const tokens = isObject(usage) ? usage["prompt_tokens"] : undefined;
      return { vectors, ...(typeof tokens === "number" ? { inputTokens: tokens } : {}) };
    },
    encode({ vectors, inputTokens = 0 }, { model, request }) {
      const packed = request["encoding_format"] === "base64";
      return {
        object: "list",
        data: vectors.map((vector, index) => ({
          object: "embedding",
          index,
          embedding: packed ? base64Of(vector) : [...vector],
        })),
        model,
        usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
      } satisfies JsonObject;
    },
  },
};

function inputsOf(input: Json | undefined): EmbeddingRequest["inputs"] {
  if (typeof input === "string") return [input];
  const ids = numbersIn(input);
  if (ids !== undefined && ids.length > 0) return [ids];
  const expected = "a string, a list of strings, or lists of token ids";
  if (!Array.isArray(input)) throw invalid("input", expected);
  return input.map((item, index) => {
    const one = typeof item === "string" ? item : numbersIn(item);
    if (one === undefined) throw invalid(`input[${index}]`, "a string or a list of token ids");
    return one;
  });
}

/** A vector as numbers, or as the base64 text of its little-endian 32 bit floats. */
function vectorOf(value: Json | undefined): readonly number[] | undefined {
  if (typeof value !== "string") return numbersIn(value);
  const view = new DataView(Uint8Array.fromBase64(value).buffer);
  return Array.from({ length: Math.floor(view.byteLength / 4) }, (_, index) => view.getFloat32(index * 4, true));
}

function base64Of(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true);
  return new Uint8Array(view.buffer).toBase64();
}
