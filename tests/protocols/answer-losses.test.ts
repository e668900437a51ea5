import { describe, expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent } from "#src/core/chat.ts";
import type { Codec, ResponseTarget } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";

const target: ResponseTarget = { includeUsage: true, now: () => 0, id: () => "1" };

function lost(events: readonly ChatEvent[], to: Codec): { whole: string[]; streamed: string[] } {
  const encoder = to.stream.encoder(target);
  for (const event of events) encoder.step(event);
  encoder.end();
  const { losses } = to.response.encode(fold(events), target);
  return { whole: losses.map(({ field }) => field), streamed: encoder.losses.map(({ field }) => field) };
}

function ofOpenAI(usage: JsonObject, more: JsonObject = {}, message: JsonObject = {}): ChatEvent[] {
  return openaiChat.response.decode({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt",
    service_tier: "default",
    system_fingerprint: "fp_1",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "Hi", refusal: null, annotations: [], audio: null, ...message },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7, ...usage },
    ...more,
  });
}

const ZEROS = {
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

describe("an answer of OpenAI for Claude's client", () => {
  test("an ordinary one loses nothing", () => {
    expect(lost(ofOpenAI(ZEROS), anthropicMessages)).toEqual({ whole: [], streamed: [] });
  });

  test("empty fields of compatible vendors are nothing", () => {
    const events = ofOpenAI(ZEROS, { provider: "X", prompt_logprobs: null }, { images: [], audio_url: "" });
    expect(lost(events, anthropicMessages)).toEqual({ whole: [], streamed: [] });
  });

  test("what was said or counted is lost", () => {
    const events = ofOpenAI(
      { completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 3 } },
      { search_results: [{ url: "https://a" }] },
      { audio: { id: "a", data: "AAAA" } },
    );
    const fields = ["choices[0].content[1]", "search_results", "usage.completion_tokens_details"];
    const { whole, streamed } = lost(events, anthropicMessages);
    expect(whole.toSorted()).toEqual(fields);
    expect(streamed.toSorted()).toEqual(fields);
  });
});

describe("an answer of Claude for OpenAI's client", () => {
  const ofClaude = (usage: JsonObject, more: JsonObject = {}): ChatEvent[] =>
    anthropicMessages.response.decode({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude",
      content: [{ type: "text", text: "Hi", citations: null }],
      stop_reason: "end_turn",
      stop_sequence: null,
      stop_details: null,
      container: null,
      context_management: { applied_edits: [] },
      usage: {
        input_tokens: 5,
        output_tokens: 2,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
        service_tier: "standard",
        inference_geo: "us",
        speed: "standard",
        ...usage,
      },
      ...more,
    });

  test("an ordinary one loses nothing", () => {
    expect(lost(ofClaude({}), openaiChat)).toEqual({ whole: [], streamed: [] });
  });

  test("what was said or counted is lost", () => {
    const events = ofClaude({ server_tool_use: { web_search_requests: 2 } }, { container: { id: "c" } });
    const { whole, streamed } = lost(events, openaiChat);
    expect(whole.toSorted()).toEqual(["choices[0].container", "usage.server_tool_use"]);
    expect(streamed.toSorted()).toEqual(whole.toSorted());
  });
});
