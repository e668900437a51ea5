/**
 * The wire types of Chat Completions: OpenAI's own, as its SDK publishes them, and what compatible vendors add. Every vendor leaves out
 * or nulls some of it, so what is read from a provider is optional throughout.
 */
import type {
  ChatCompletionCreateParamsBase,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import type { Json, JsonObject } from "../../core/json.ts";

/** This folder's protocol. */
export const PROTOCOL = "openai-chat";

/** OpenRouter's seal over reasoning, one entry a block; in a stream, entries of one `index` are pieces of one block. */
export interface ReasoningDetail {
  readonly type?: string;
  readonly text?: string | null;
  readonly summary?: string | null;
  readonly data?: string | null;
  readonly signature?: string | null;
  readonly format?: string | null;
  readonly index?: number | null;
}

/** What compatible vendors add to a request. */
interface RequestExtensions {
  top_k?: number | null;
  /** OpenRouter. */
  reasoning?: { effort?: string; max_tokens?: number; enabled?: boolean; exclude?: boolean } | null;
  /** DeepSeek, Z.ai, Volcengine. */
  thinking?: { type?: string; budget_tokens?: number } | null;
}

/** A request's fields. */
export type WireRequest = ChatCompletionCreateParamsBase & RequestExtensions;

/** What compatible vendors add to an assistant's message, asked or answered. */
interface MessageExtensions {
  reasoning_content?: string | null;
  reasoning?: string | null;
  reasoning_details?: ReasoningDetail[] | null;
  /** OpenRouter: images the model made, each as a part of type `image_url`. */
  images?: JsonObject[] | null;
}

type KeysOf<T> = T extends unknown ? keyof T : never;

/** The names of the fields of any message of a request. */
export type MessageField = KeysOf<ChatCompletionMessageParam | MessageExtensions>;

/** The names of the fields of an answer's message or of a stream's delta. */
export type AnswerField = KeysOf<ChatCompletionMessage | MessageExtensions>;

/** A tool call as answers and streams carry it; in a stream by pieces. */
export interface WireToolCall {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly type?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: Json } | null;
  readonly custom?: { readonly name?: string | null; readonly input?: Json } | null;
}

/** A stream's delta, or an answer's whole message, which has the same fields. */
export interface WireDelta {
  readonly role?: string | null;
  readonly content?: Json;
  readonly refusal?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning?: string | null;
  readonly reasoning_details?: readonly ReasoningDetail[] | null;
  readonly tool_calls?: readonly WireToolCall[] | null;
  readonly function_call?: { readonly name?: string | null; readonly arguments?: Json } | null;
  readonly annotations?: readonly JsonObject[] | null;
  readonly images?: readonly JsonObject[] | null;
}

/** Token log probabilities of a choice. */
interface WireLogprobs {
  readonly content?: Json;
  readonly refusal?: Json;
}

/** A choice of a chunk or of a whole answer. */
export interface WireChoice {
  readonly index?: number | null;
  readonly delta?: WireDelta | null;
  readonly message?: WireDelta | null;
  readonly finish_reason?: string | null;
  readonly logprobs?: WireLogprobs | null;
  /** The stop sequence that was met (vLLM); a number is a token. */
  readonly stop_reason?: Json;
  /** Moonshot puts the usage of a stream here. */
  readonly usage?: WireUsage | null;
  readonly error?: Json;
}

/** A chunk of a stream, or a whole answer. */
export interface WireAnswer {
  readonly id?: string | null;
  readonly object?: string;
  readonly created?: number | null;
  readonly model?: string | null;
  readonly choices?: readonly WireChoice[] | null;
  readonly usage?: WireUsage | null;
  readonly error?: Json;
  /** Groq's first streams carry usage here. */
  readonly x_groq?: { readonly usage?: WireUsage | null } | null;
}

/** Tokens, in OpenAI's words and those of vendors with words of their own. */
export type WireUsage = { readonly [K in keyof CompletionUsage]?: CompletionUsage[K] | null } & {
  /** DeepSeek. */
  readonly prompt_cache_hit_tokens?: number | null;
  /** Moonshot. */
  readonly cached_tokens?: number | null;
};
