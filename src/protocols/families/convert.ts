import type { ApiName, Shape } from "../../core/api.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";
import type { EmbeddingAnswer, EmbeddingRequest } from "./embeddings/canonical.ts";
import { bedrockEmbeddings } from "./embeddings/bedrock.ts";
import { cohereEmbeddings } from "./embeddings/cohere.ts";
import { dashscopeEmbeddings } from "./embeddings/dashscope.ts";
import { geminiEmbeddings } from "./embeddings/gemini.ts";
import { openaiEmbeddings } from "./embeddings/openai.ts";
import type { AnswerTarget, FamilyCodec, UpstreamFamilyCodec } from "./family-codec.ts";
import type { RerankAnswer, RerankRequest } from "./rerank/canonical.ts";
import { dashscopeRerank } from "./rerank/dashscope.ts";
import { cohereRerank, jinaRerank, openaiRerank } from "./rerank/flat.ts";
import { Losses } from "./shape-losses.ts";

/** The way between the formats of two vendors. */
export interface Conversion {
  /** The last word of the provider's path, where it has one. */
  readonly action: string | undefined;
  /** The provider's body for a client's. Throws a Fault for a request that is not in the client's format. */
  request(body: JsonObject, model: string): { readonly body: JsonObject; readonly losses: readonly Loss[] };
  /** The client's answer for a provider's; undefined when that is not in the provider's format. */
  answer(body: JsonObject, target: AnswerTarget): JsonObject | undefined;
}

/** Formats by their shapes. */
type Codecs<Codec> = Readonly<Partial<Record<Shape, Codec>>>;

const EMBEDDINGS: Codecs<FamilyCodec<EmbeddingRequest, EmbeddingAnswer>> = {
  openai: openaiEmbeddings,
  gemini: geminiEmbeddings,
  cohere: cohereEmbeddings,
  dashscope: dashscopeEmbeddings,
};
/** With those that only providers have. */
const EMBEDDERS: Codecs<UpstreamFamilyCodec<EmbeddingRequest, EmbeddingAnswer>> = {
  ...EMBEDDINGS,
  bedrock: bedrockEmbeddings,
};
const RERANK: Codecs<FamilyCodec<RerankRequest, RerankAnswer>> = {
  openai: openaiRerank,
  cohere: cohereRerank,
  jina: jinaRerank,
  dashscope: dashscopeRerank,
};

/** How requests of a family in the format `from` are put to a provider that has `to`; undefined when nobody knows. */
export function familyConversion(api: ApiName, from: Shape, to: Shape): Conversion | undefined {
  if (api === "embeddings") return between(EMBEDDINGS[from], EMBEDDERS[to]);
  if (api === "rerank") return between(RERANK[from], RERANK[to]);
  return undefined;
}

function between<Request, Answer>(
  client: FamilyCodec<Request, Answer> | undefined,
  provider: UpstreamFamilyCodec<Request, Answer> | undefined,
): Conversion | undefined {
  if (client === undefined || provider === undefined) return undefined;
  return {
    action: provider.request.action,
    request(body, model) {
      const losses = new Losses();
      const encoded = provider.request.encode(client.request.decode(body, losses), { model, losses });
      return { body: encoded, losses: losses.list };
    },
    answer(body, target) {
      const answer = provider.answer.decode(body);
      return answer === undefined ? undefined : client.answer.encode(answer, target);
    },
  };
}
