/** MiniMax' own embeddings. Format: https://platform.minimaxi.com/document/Embeddings */
import { Fault } from "../../../core/fault.ts";
import { isObject, type Json } from "../../../core/json.ts";
import type { ProviderFormat } from "../family-codec.ts";
import { numbersIn } from "../numbers.ts";
import { textsOnly } from "../texts-only.ts";
import type { EmbeddingAnswer, EmbeddingRequest, EmbeddingTask } from "./canonical.ts";

const TYPES: Readonly<Partial<Record<EmbeddingTask, string>>> = { query: "query", document: "db" };

/** What some of the codes stand for that come with status 200. Format: https://platform.minimaxi.com/document/error-codes */
const STATUSES: ReadonlyMap<Json | undefined, number> = new Map([
  [1002, 429],
  [1004, 401],
  [1008, 402],
  [1039, 429],
  [2013, 400],
  [2049, 401],
]);

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
    decode({ vectors: list, total_tokens: tokens, base_resp: base }) {
      if (isObject(base) && base["status_code"] !== 0) throw refusal(base["status_code"], base["status_msg"]);
      if (!Array.isArray(list)) return undefined;
      const vectors = list.map(numbersIn);
      if (!vectors.every((vector) => vector !== undefined)) return undefined;
      return { vectors, ...(typeof tokens === "number" ? { inputTokens: tokens } : {}) };
    },
  },
};

function refusal(code: Json | undefined, message: Json | undefined): Fault {
  const said = typeof message === "string" && message !== "" ? message : "The provider refused the request.";
  return new Fault("upstream_error", said, {
    status: STATUSES.get(code) ?? 502,
    upstream: { code: typeof code === "number" ? String(code) : "" },
  });
}
