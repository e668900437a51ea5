import type { ApiName, Shape } from "../../core/api.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";
import type { SseFrame } from "../../core/sse.ts";
import { bedrockEmbeddings } from "./embeddings/bedrock.ts";
import { cohereEmbeddings } from "./embeddings/cohere.ts";
import { dashscopeEmbeddings } from "./embeddings/dashscope.ts";
import { geminiEmbeddings } from "./embeddings/gemini.ts";
import { minimaxEmbeddings } from "./embeddings/minimax.ts";
import { openaiEmbeddings } from "./embeddings/openai.ts";
import { vertexEmbeddings } from "./embeddings/vertex.ts";
import type { AnswerTarget, ClientFormat, MediaAnswer, ProviderFormat } from "./family-codec.ts";
import { bedrockImages } from "./images/bedrock.ts";
import { dashscopeImages } from "./images/dashscope.ts";
import { geminiImages } from "./images/gemini.ts";
import { minimaxImages } from "./images/minimax.ts";
import { openaiImages } from "./images/openai.ts";
import { dashscopeRerank } from "./rerank/dashscope.ts";
import { cohereRerank, jinaRerank, openaiRerank } from "./rerank/flat.ts";
import { Losses } from "./shape-losses.ts";
import { geminiSpeech } from "./speech/gemini.ts";
import { minimaxSpeech } from "./speech/minimax.ts";
import { openaiSpeech } from "./speech/openai.ts";

/** The way between the formats of two vendors. */
export interface Conversion {
  /** The last word of the provider's path for a model, where it has one. */
  action(model: string): string | undefined;
  /** The provider's body for a client's. Throws a Fault for a request that is not in the client's format. */
  request(body: JsonObject, model: string): { readonly body: JsonObject; readonly losses: readonly Loss[] };
  /** The client's answer for a provider's; undefined when that is not in the provider's format. */
  answer(body: JsonObject, target: AnswerTarget): JsonObject | MediaAnswer | undefined;
  /** The same as a stream; undefined also when the client's format has none. */
  stream(body: JsonObject, target: AnswerTarget): SseFrame[] | undefined;
}

type Between = (from: Shape, to: Shape) => Conversion | undefined;

/** One family, by who may be on which side. */
function family<Request, Answer>(
  clients: Readonly<Partial<Record<Shape, ClientFormat<Request, Answer>>>>,
  providers: Readonly<Partial<Record<Shape, ProviderFormat<Request, Answer>>>>,
): Between {
  return (from, to) => between(clients[from], providers[to]);
}

const embeddings = {
  openai: openaiEmbeddings,
  gemini: geminiEmbeddings,
  cohere: cohereEmbeddings,
  dashscope: dashscopeEmbeddings,
};
const rerank = { openai: openaiRerank, cohere: cohereRerank, jina: jinaRerank, dashscope: dashscopeRerank };
const images = { openai: openaiImages, gemini: geminiImages };

const FAMILIES: Readonly<Partial<Record<ApiName, Between>>> = {
  embeddings: family(embeddings, {
    ...embeddings,
    bedrock: bedrockEmbeddings,
    vertex: vertexEmbeddings,
    minimax: minimaxEmbeddings,
  }),
  rerank: family(rerank, rerank),
  "image-generation": family(images, {
    ...images,
    bedrock: bedrockImages,
    dashscope: dashscopeImages,
    minimax: minimaxImages,
  }),
  speech: family({ openai: openaiSpeech }, { gemini: geminiSpeech, minimax: minimaxSpeech }),
};

/** How requests of a family in the format `from` are put to a provider that has `to`; undefined when nobody knows. */
export function familyConversion(api: ApiName, from: Shape, to: Shape): Conversion | undefined {
  return FAMILIES[api]?.(from, to);
}

function between<Request, Answer>(
  client: ClientFormat<Request, Answer> | undefined,
  provider: ProviderFormat<Request, Answer> | undefined,
): Conversion | undefined {
  if (client === undefined || provider === undefined) return undefined;
  return {
    action: (model) => provider.request.action?.(model),
    request(body, model) {
      const losses = new Losses();
      const encoded = provider.request.encode(client.request.decode(body, losses), { model, losses });
      return { body: encoded, losses: losses.list };
    },
    answer(body, target) {
      const answer = provider.answer.decode(body);
      return answer === undefined ? undefined : client.answer.encode(answer, target);
    },
    stream(body, target) {
      const answer = provider.answer.decode(body);
      return answer === undefined ? undefined : client.answer.stream?.(answer, target);
    },
  };
}
