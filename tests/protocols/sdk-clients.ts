/** The vendors' own clients, fed with what an encoder wrote: what they make of it is what users see. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { ChatCompletion } from "openai/resources/chat/completions";
import type { JsonObject } from "#src/core/json.ts";
import { formatSse, type SseFrame } from "#src/core/sse.ts";

type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

function answering(body: string, type: string): Fetch {
  return () => Promise.resolve(new Response(body, { headers: { "content-type": type } }));
}

function stream(frames: readonly SseFrame[]): Fetch {
  return answering(frames.map(formatSse).join(""), "text/event-stream");
}

function anthropic(fetch: Fetch): Anthropic {
  return new Anthropic({ apiKey: "none", baseURL: "http://127.0.0.1:1", fetch, maxRetries: 0 });
}

function openai(fetch: Fetch): OpenAI {
  return new OpenAI({ apiKey: "none", baseURL: "http://127.0.0.1:1", fetch, maxRetries: 0 });
}

const toAnthropic = { model: "m", max_tokens: 1, messages: [{ role: "user" as const, content: "Hi" }] };
const toOpenai = { model: "m", messages: [{ role: "user" as const, content: "Hi" }] };

/** The message Anthropic's client makes of a stream. */
export function anthropicStream(frames: readonly SseFrame[]): Promise<Anthropic.Message> {
  return anthropic(stream(frames)).messages.stream(toAnthropic).finalMessage();
}

/** The message Anthropic's client makes of a whole answer. */
export function anthropicMessage(body: JsonObject): Promise<Anthropic.Message> {
  return anthropic(answering(JSON.stringify(body), "application/json")).messages.create(toAnthropic);
}

/** The completion OpenAI's client makes of a stream. */
export function openaiStream(frames: readonly SseFrame[]): Promise<ChatCompletion> {
  return openai(stream(frames))
    .chat.completions.stream({ ...toOpenai, stream_options: { include_usage: true } })
    .finalChatCompletion();
}

/** The completion OpenAI's client makes of a whole answer. */
export function openaiCompletion(body: JsonObject): Promise<ChatCompletion> {
  return openai(answering(JSON.stringify(body), "application/json")).chat.completions.create(toOpenai);
}
