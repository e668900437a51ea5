/** What one vendor's model sealed, drew or was told, in the protocol of another. */
import { describe, expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatRequest, ContentPart, MediaPart } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { asEvents, encodeStream, responseTarget } from "#tests/contracts/codec.ts";

const thought: ContentPart[] = [
  { type: "reasoning", text: "Hm.", signature: "c2ln", sealedBy: "gemini" },
  { type: "reasoning", text: "", redacted: "ZW5j", sealedBy: "openai-responses" },
];
const finish = { unified: "stop", raw: "stop" } as const;
const ask: ChatRequest = {
  model: "claude-sonnet-4-5",
  stream: false,
  maxOutputTokens: 100,
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
};

function written(codec: typeof openaiChat, request: Partial<ChatRequest>): { value: JsonObject; lost: string[] } {
  const { value, losses } = codec.request.encode({ ...ask, ...request }, { model: "claude-sonnet-4-5", dialect: {} });
  return { value, lost: losses.map(({ kind, field }) => `${kind} ${field}`) };
}

describe("other vendors' seals at a Claude client", () => {
  test("come back as they were, from a whole answer", () => {
    const { value, losses } = anthropicMessages.response.encode(
      { choices: [{ content: thought, finish }] },
      responseTarget,
    );
    expect(losses).toEqual([]);
    const request = anthropicMessages.request.decode({
      model: "m",
      max_tokens: 1,
      messages: [{ role: "assistant", content: value.content ?? null }],
    });
    expect(request.messages[0]?.content).toEqual(thought);
  });

  test("are wrapped in a stream as well", () => {
    const frames = encodeStream(
      anthropicMessages,
      [
        { type: "start", id: "a", model: "m" },
        { type: "reasoning", block: 0, text: "Hm.", signature: "c2ln", sealedBy: "gemini" },
        { type: "finish", reason: finish },
      ],
      responseTarget,
    );
    const deltas = asEvents(frames).map(({ data }) => (JSON.parse(data) as { delta?: JsonObject }).delta);
    expect(deltas.find((delta) => delta?.type === "signature_delta")).toEqual({
      type: "signature_delta",
      signature: btoa("sluice:gemini:c2ln"),
    });
  });

  test("are never sent to Claude", () => {
    const { value, lost } = written(anthropicMessages, {
      messages: [...ask.messages, { role: "assistant", content: [...thought, { type: "text", text: "ok" }] }],
    });
    expect(JSON.stringify(value)).not.toMatch(/c2ln|ZW5j/);
    expect(lost).toEqual(["dropped messages[1].content[0].reasoning", "dropped messages[1].content[1].reasoning"]);
  });
});

describe("what a model drew", () => {
  const part: MediaPart = {
    type: "media",
    kind: "image",
    source: { type: "base64", mediaType: "image/png", data: "aGk=" },
  };

  test("is in OpenRouter's `images` for an OpenAI client, and read from there when it is sent back", () => {
    const { value } = openaiChat.response.encode({ choices: [{ content: [part], finish }] }, responseTarget);
    const [choice] = value.choices as JsonObject[];
    const message = choice?.message as JsonObject;
    expect(message.images).toEqual([{ type: "image_url", image_url: { url: "data:image/png;base64,aGk=" }, index: 0 }]);
    expect(fold(openaiChat.response.decode(value)).choices[0]?.content).toEqual([part]);
    expect(openaiChat.request.decode({ model: "m", messages: [message] }).messages[0]?.content).toEqual([part]);
  });

  test("is told as lost to a Claude client, whole and streamed", () => {
    const { losses } = anthropicMessages.response.encode({ choices: [{ content: [part], finish }] }, responseTarget);
    const lost = [{ field: "choices[0].content[0].image", kind: "dropped" as const }];
    expect(losses).toEqual(lost);
    const encoder = anthropicMessages.stream.encoder(responseTarget);
    encoder.step({ type: "media", block: 0, part });
    expect(encoder.losses).toEqual(lost);
  });
});

describe("what only others can be told, for Claude", () => {
  const tools = ["a", "b"].map((name) => ({ type: "function", name, inputSchema: { type: "object" } }) as const);

  test("of allowed tools, only those are offered", () => {
    const { value, lost } = written(anthropicMessages, {
      tools,
      toolChoice: { type: "allowed", mode: "required", names: ["b"] },
    });
    expect(value).toMatchObject({ tools: [{ name: "b" }], tool_choice: { type: "any" } });
    expect(value.tools).toHaveLength(1);
    expect(lost).toEqual(["approximated tool_choice"]);
  });

  test("a summary's length is not", () => {
    const { value, lost } = written(anthropicMessages, {
      maxOutputTokens: 4000,
      reasoning: { mode: "enabled", budgetTokens: 1024, display: "detailed" },
    });
    expect(value.thinking).toMatchObject({ display: "summarized" });
    expect(lost).toEqual(["approximated reasoning.display"]);
  });

  test("kinds of output and storage are lost, unless they ask for nothing", () => {
    expect(written(anthropicMessages, { modalities: ["text"], store: false }).lost).toEqual([]);
    expect(written(anthropicMessages, { modalities: ["text", "image"], store: true }).lost).toEqual([
      "dropped store",
      "dropped modalities",
    ]);
  });
});
