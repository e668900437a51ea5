import type { ApiName, Shape } from "../../core/api.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";
import { cohereEmbeddings } from "./embeddings/cohere.ts";
import { geminiEmbeddings } from "./embeddings/gemini.ts";
import { openaiEmbeddings } from "./embeddings/openai.ts";
import type { AnswerTarget, FamilyCodec } from "./family-codec.ts";
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

const EMBEDDINGS = { openai: openaiEmbeddings, gemini: geminiEmbeddings, cohere: cohereEmbeddings };
const RERANK = { openai: openaiRerank, cohere: cohereRerank, jina: jinaRerank, dashscope: dashscopeRerank };

/** How requests of a family in the format `from` are put to a provider that has `to`; undefined when nobody knows. */
export function familyConversion(api: ApiName, from: Shape, to: Shape): Conversion | undefined {
  if (api === "embeddings") return between(EMBEDDINGS, from, to);
  if (api === "rerank") return between(RERANK, from, to);
  return undefined;
}

function between<Request, Answer>(
  codecs: Readonly<Partial<Record<Shape, FamilyCodec<Request, Answer>>>>,
  from: Shape,
  to: Shape,
): Conversion | undefined {
  const client = codecs[from];
  const provider = codecs[to];
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
