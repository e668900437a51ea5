/** DashScope's own text-rerank, with `input`, `parameters` and `output`. Format: https://help.aliyun.com/zh/model-studio/text-rerank-api */
import { isObject, type JsonObject } from "../../../core/json.ts";
import { optional, required } from "../../fields.ts";
import type { FamilyCodec } from "../family-codec.ts";
import type { RerankAnswer, RerankRequest } from "./canonical.ts";
import { readResults, resultsOf } from "./flat.ts";

const KNOWN: ReadonlySet<string> = new Set(["model", "input", "parameters"]);
const KNOWN_INPUT: ReadonlySet<string> = new Set(["query", "documents"]);
const KNOWN_PARAMETERS: ReadonlySet<string> = new Set(["top_n", "return_documents"]);

export const dashscopeRerank: FamilyCodec<RerankRequest, RerankAnswer> = {
  request: {
    decode(body, losses) {
      losses.unknown(body, KNOWN);
      const input = required(body["input"], "object", "input");
      losses.unknown(input, KNOWN_INPUT, "input.");
      const parameters = optional(body["parameters"], "object", "parameters") ?? {};
      losses.unknown(parameters, KNOWN_PARAMETERS, "parameters.");
      const topN = optional(parameters["top_n"], "integer", "parameters.top_n");
      const returns = optional(parameters["return_documents"], "boolean", "parameters.return_documents");
      return {
        query: required(input["query"], "string", "input.query"),
        documents: required(input["documents"], "list", "input.documents"),
        ...(topN === undefined ? {} : { topN }),
        ...(returns === undefined ? {} : { returnDocuments: returns }),
      };
    },
    encode({ query, documents, topN, returnDocuments }, { model }) {
      const parameters: JsonObject = {
        ...(topN === undefined ? {} : { top_n: topN }),
        ...(returnDocuments === undefined ? {} : { return_documents: returnDocuments }),
      };
      return { model, input: { query, documents: [...documents] }, parameters };
    },
  },
  answer: {
    decode({ output, usage, request_id: id }) {
      const results = isObject(output) ? readResults(output["results"]) : undefined;
      if (results === undefined) return undefined;
      const total = isObject(usage) ? usage["total_tokens"] : undefined;
      return {
        results,
        ...(typeof id === "string" ? { id } : {}),
        ...(typeof total === "number" ? { totalTokens: total } : {}),
      };
    },
    encode({ results, id = crypto.randomUUID(), totalTokens = 0 }) {
      return { output: { results: resultsOf(results) }, usage: { total_tokens: totalTokens }, request_id: id };
    },
  },
};
