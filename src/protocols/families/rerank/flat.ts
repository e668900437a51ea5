/**
 * The rerank formats with everything at the top, which differ in what they count and in who returns documents. Formats:
 * https://docs.cohere.com/reference/rerank, https://api.jina.ai/redoc (rerank), and the one DashScope's compatible mode and vLLM have.
 */
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { optional, required } from "../../fields.ts";
import type { FamilyCodec } from "../family-codec.ts";
import type { RerankAnswer, RerankRequest, RerankResult } from "./canonical.ts";

interface Traits {
  /** `return_documents` is understood (Cohere's second version has dropped it). */
  readonly returnsDocuments: boolean;
  readonly usage: (answer: RerankAnswer) => JsonObject;
}

const KNOWN: ReadonlySet<string> = new Set(["model", "query", "documents", "top_n", "return_documents"]);

function flat({ returnsDocuments, usage }: Traits): FamilyCodec<RerankRequest, RerankAnswer> {
  return {
    request: {
      decode(body, losses) {
        losses.unknown(body, KNOWN);
        const topN = optional(body["top_n"], "integer", "top_n");
        const returnDocuments = optional(body["return_documents"], "boolean", "return_documents");
        return {
          query: required(body["query"], "string", "query"),
          documents: required(body["documents"], "list", "documents"),
          ...(topN === undefined ? {} : { topN }),
          ...(returnDocuments === undefined ? {} : { returnDocuments }),
        };
      },
      encode({ query, documents, topN, returnDocuments }, { model, losses }) {
        if (returnDocuments === true && !returnsDocuments) losses.dropped("return_documents");
        return {
          model,
          query,
          documents: [...documents],
          ...(topN === undefined ? {} : { top_n: topN }),
          ...(returnDocuments === undefined || !returnsDocuments ? {} : { return_documents: returnDocuments }),
        };
      },
    },
    answer: {
      decode: decodeFlat,
      encode(answer, { model }) {
        const { id = crypto.randomUUID(), results } = answer;
        return { id, model, results: resultsOf(results), ...usage(answer) };
      },
    },
  };
}

function decodeFlat({ id, results, usage, meta }: JsonObject): RerankAnswer | undefined {
  const read = readResults(results);
  if (read === undefined) return undefined;
  const billed = isObject(meta) ? meta["billed_units"] : undefined;
  const units = isObject(billed) ? billed["search_units"] : undefined;
  const tokens = isObject(usage) ? usage["total_tokens"] : undefined;
  return {
    results: read,
    ...(typeof id === "string" ? { id } : {}),
    ...(typeof tokens === "number" ? { totalTokens: tokens } : {}),
    ...(typeof units === "number" ? { searchUnits: units } : {}),
  };
}

/** The list every vendor's answer has somewhere. */
export function readResults(list: Json | undefined): RerankResult[] | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((item): RerankResult[] => {
    if (!isObject(item)) return [];
    const { index, relevance_score: score, document } = item;
    if (typeof index !== "number" || typeof score !== "number") return [];
    return [{ index, score, ...(document === undefined ? {} : { document }) }];
  });
}

/** The list as every vendor writes it. */
export function resultsOf(results: readonly RerankResult[]): JsonObject[] {
  return results.map(({ index, score, document }) => ({
    index,
    relevance_score: score,
    ...(document === undefined ? {} : { document }),
  }));
}

function tokens({ totalTokens = 0 }: RerankAnswer): JsonObject {
  return { usage: { total_tokens: totalTokens } };
}

export const cohereRerank: FamilyCodec<RerankRequest, RerankAnswer> = flat({
  returnsDocuments: false,
  usage: ({ searchUnits = 1 }) => ({
    meta: { api_version: { version: "2" }, billed_units: { search_units: searchUnits } },
  }),
});

export const jinaRerank: FamilyCodec<RerankRequest, RerankAnswer> = flat({ returnsDocuments: true, usage: tokens });

export const openaiRerank: FamilyCodec<RerankRequest, RerankAnswer> = flat({
  returnsDocuments: true,
  usage: (answer) => ({ object: "list", ...tokens(answer) }),
});
