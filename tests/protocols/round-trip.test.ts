/** A chat that crosses both protocols, as when a client of one talks to a provider of the other, keeps what both can say. */
import { describe, expect, test } from "bun:test";
import { assert, constant, constantFrom, integer, property, uniqueArray } from "fast-check";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatMessage, ChatRequest, ChatResponse, ContentPart } from "#src/core/chat.ts";
import type { Codec, RequestTarget } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { asEvents, decodeStream, encodeStream, responseTarget } from "#tests/contracts/codec.ts";
import {
  between,
  chatRequests,
  chatResponses,
  streamedAnswers,
  words,
  type Abilities,
} from "#tests/support/chat-arbitraries.ts";

/** What both protocols can say. */
const both: Abilities = {
  instructions: ["system"],
  instructionsAnywhere: false,
  media: constantFrom(
    { type: "media", kind: "image", source: { type: "url", url: "https://example.com/a.png" } },
    { type: "media", kind: "image", source: { type: "base64", mediaType: "image/webp", data: "aGk=" } },
  ),
  resultMedia: false,
  resultErrors: false,
  resultsTogether: false,
  cacheControl: true,
  refusals: false,
  customTools: false,
  candidates: 1,
  options: {
    temperature: between(0, 1),
    topP: between(0, 1),
    topK: integer({ min: 1, max: 100 }),
    stop: uniqueArray(words, { minLength: 1, maxLength: 4 }),
    user: words,
  },
  reasoning: constant({ mode: "disabled" }),
  finishes: [
    { unified: "stop", raw: "stop" },
    { unified: "length", raw: "length" },
  ],
  called: { unified: "tool-calls", raw: "tool_calls" },
  interleaved: true,
};

const DIALECT = { reasoningDetails: true, reasoningRequest: "openrouter", cacheControl: true, topK: true } as const;

function target(model: string): RequestTarget {
  return { model, dialect: DIALECT };
}

/** The request as it is after a hop over `codec`'s wire. */
function across(codec: Codec, request: ChatRequest): ChatRequest {
  const { value } = codec.request.encode(request, target(request.model));
  return codec.request.decode(JSON.parse(JSON.stringify(value)) as JsonObject);
}

/** The conversation with each answer of a tool in a message of its own, however a protocol puts them together. */
function apart(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.flatMap((message) =>
    message.role === "tool" ? message.content.map((part): ChatMessage => ({ role: "tool", content: [part] })) : message,
  );
}

/** A request without what says nothing: OpenAI's wish for usage. */
function meant(request: ChatRequest): ChatRequest {
  const { includeUsage: _, ...rest } = request;
  return { ...rest, messages: apart(request.messages) };
}

/** An answer without the vendor's own words for why it stopped, and the time only one of them tells. */
function heard(response: ChatResponse): unknown {
  const { created: _, ...rest } = response;
  return { ...rest, choices: response.choices.map(({ content, finish }) => ({ content, finish: finish.unified })) };
}

describe("a request across both protocols", () => {
  test("from OpenAI to Claude and back", () => {
    assert(
      property(chatRequests(both), (request) => {
        expect(meant(across(openaiChat, across(anthropicMessages, across(openaiChat, request))))).toEqual(request);
      }),
    );
  });

  test("from Claude to OpenAI and back", () => {
    assert(
      property(chatRequests(both), (request) => {
        expect(meant(across(anthropicMessages, across(openaiChat, across(anthropicMessages, request))))).toEqual(
          request,
        );
      }),
    );
  });
});

describe("an answer across both protocols", () => {
  const orders: readonly (readonly [name: string, first: Codec, second: Codec])[] = [
    ["from Claude to an OpenAI client, as it is read there", anthropicMessages, openaiChat],
    ["from OpenAI to a Claude client, as it is read there", openaiChat, anthropicMessages],
  ];
  for (const [name, first, second] of orders) {
    test(`${name}, whole`, () => {
      const hop = (codec: Codec, response: ChatResponse): ChatResponse =>
        fold(codec.response.decode(codec.response.encode(response, responseTarget).value));
      assert(
        property(chatResponses(both), (response) => {
          expect(heard(hop(second, hop(first, response)))).toEqual(heard(response));
        }),
      );
    });

    test(`${name}, streamed`, () => {
      assert(
        property(streamedAnswers(both), ({ response, events }) => {
          const middle = decodeStream(first, asEvents(encodeStream(first, events, responseTarget)));
          const last = decodeStream(second, asEvents(encodeStream(second, middle, responseTarget)));
          expect(heard(fold(last))).toEqual(heard(response));
        }),
      );
    });
  }
});

describe("Claude's thinking through an OpenAI client", () => {
  const thinking: ContentPart[] = [
    { type: "reasoning", text: "Let me see: “ä”.", signature: "c2lnMQ==", sealedBy: "anthropic-messages" },
    { type: "reasoning", text: "", redacted: "cmVk", sealedBy: "anthropic-messages" },
    { type: "reasoning", text: "So.", signature: "c2lnMg==", sealedBy: "anthropic-messages" },
    { type: "text", text: "I look." },
    { type: "tool-call", id: "toolu_1", name: "look", input: '{"x":1}', kind: "function" },
  ];
  const answer: JsonObject = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [
      { type: "thinking", thinking: "Let me see: “ä”.", signature: "c2lnMQ==" },
      { type: "redacted_thinking", data: "cmVk" },
      { type: "thinking", thinking: "So.", signature: "c2lnMg==" },
      { type: "text", text: "I look." },
      { type: "tool_use", id: "toolu_1", name: "look", input: { x: 1 } },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };

  /** What the client sends as its next request, and what Claude gets of it. */
  function returned(message: JsonObject): JsonObject[] {
    const next = openaiChat.request.decode({
      model: "claude-sonnet-4-5",
      max_tokens: 4000,
      messages: [
        { role: "user", content: "Look." },
        message,
        { role: "tool", tool_call_id: "toolu_1", content: "a cat" },
      ],
    });
    const { value, losses } = anthropicMessages.request.encode(next, target("claude-sonnet-4-5"));
    expect(losses).toEqual([]);
    return value.messages as JsonObject[];
  }

  test("comes back unchanged from a whole answer", () => {
    const response = fold(anthropicMessages.response.decode(answer));
    expect(response.choices[0]?.content).toEqual(thinking);
    const { value } = openaiChat.response.encode(response, responseTarget);
    const [choice] = value.choices as JsonObject[];
    expect(returned(choice?.message as JsonObject)[1]?.content).toEqual(answer.content);
  });

  test("comes back unchanged from a stream whose pieces the client put in a row", () => {
    const events = anthropicMessages.response.decode(answer);
    const frames = encodeStream(openaiChat, events, responseTarget);
    const deltas = asEvents(frames)
      .filter(({ data }) => data !== "[DONE]")
      .flatMap(({ data }) => (JSON.parse(data) as { choices: { delta: JsonObject }[] }).choices)
      .map(({ delta }) => delta);
    const details = deltas.flatMap((delta) => (delta.reasoning_details ?? []) as JsonObject[]);
    const message: JsonObject = {
      role: "assistant",
      content: "I look.",
      reasoning_details: details,
      tool_calls: [{ id: "toolu_1", type: "function", function: { name: "look", arguments: '{"x":1}' } }],
    };
    expect(returned(message)[1]?.content).toEqual(answer.content);
  });
});
