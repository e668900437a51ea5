/** What a golden case is made of: vendors' own JSON on both sides; what stands between is what the golden files show. */
import type { MessageCreateParams } from "@anthropic-ai/sdk/resources/messages";
import type { Content, GenerationConfig, Tool } from "@google/genai";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import type { ResponseCreateParams } from "openai/resources/responses/responses";
import type { JsonObject } from "#src/core/json.ts";
import type { ClientProtocol } from "#src/core/protocol.ts";
import type { Answer } from "#tests/support/upstream/script.ts";

/** Vendors' types for a client's request, so that the compiler holds the cases to what SDKs can send. */
export type OpenaiChatRequest = ChatCompletionCreateParams;
export type OpenaiResponsesRequest = ResponseCreateParams;
export type AnthropicRequest = MessageCreateParams;
/** The body of `generateContent`. Words that the SDK has as enums are loosened to what they are on the wire. */
export interface GeminiRequest {
  readonly systemInstruction?: Content;
  readonly contents: Content[];
  readonly tools?: Tool[];
  readonly toolConfig?: JsonObject;
  readonly generationConfig?: Omit<GenerationConfig, "thinkingConfig"> & { readonly thinkingConfig?: JsonObject };
}

/** A provider's error answer. */
export interface ErrorAnswer {
  readonly name: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

type Each<T> = Readonly<Record<ClientProtocol, T>>;

/** One thing that people do, in every protocol. */
export interface GoldenCase {
  readonly name: string;
  /** What clients ask; a protocol that cannot ask for it is left out. */
  readonly requests?: Partial<Each<JsonObject>>;
  /** What every provider answers, whole and streamed; `answers` where one says it in another way. */
  readonly answer?: Answer;
  readonly answers?: Partial<Each<Answer>>;
  /** What providers answer in place of an answer. */
  readonly errors?: Each<readonly ErrorAnswer[]>;
  /** Frames that end a stream in its middle. */
  readonly failures?: Each<string>;
}
