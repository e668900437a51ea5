import type { Json } from "../../../core/json.ts";

/** A request to order documents by how well they answer a query. */
export interface RerankRequest {
  readonly query: string;
  readonly documents: readonly Json[];
  readonly topN?: number;
  readonly returnDocuments?: boolean;
}

/** One document's place: best first. */
export interface RerankResult {
  readonly index: number;
  readonly score: number;
  /** The document itself, when it was asked for. */
  readonly document?: Json;
}

/** The answer. What is counted differs: Cohere bills searches, others tokens. */
export interface RerankAnswer {
  readonly results: readonly RerankResult[];
  readonly id?: string;
  readonly totalTokens?: number;
  readonly searchUnits?: number;
}
