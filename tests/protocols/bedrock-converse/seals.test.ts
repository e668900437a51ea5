import { expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import { type ClientProtocol, PROTOCOLS } from "#src/core/protocol.ts";
import { bedrockConverse } from "#src/protocols/bedrock-converse/index.ts";
import { codecFor } from "#src/protocols/index.ts";
import { responseTarget } from "#tests/contracts/codec.ts";
import { REASONING_AND_TOOLS } from "./fixtures.ts";

/** An answer as the client sends it back: the turn of the model between two of its own. */
const SENT_BACK: Readonly<Record<ClientProtocol, (answer: JsonObject) => JsonObject>> = {
  "openai-chat": ({ choices }) => ({
    model: "m",
    messages: [
      { role: "user", content: "Hi" },
      (choices as { message: JsonObject }[])[0]!.message,
      { role: "tool", tool_call_id: "tooluse_1", content: "ok" },
      { role: "tool", tool_call_id: "tooluse_2", content: "ok" },
    ],
  }),
  "openai-responses": ({ output }) => ({
    model: "m",
    input: [
      { role: "user", content: "Hi" },
      ...(output as Json[]),
      { type: "function_call_output", call_id: "tooluse_1", output: "ok" },
      { type: "function_call_output", call_id: "tooluse_2", output: "ok" },
    ],
  }),
  "anthropic-messages": ({ content }) => ({
    model: "m",
    max_tokens: 9,
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: content as Json },
      {
        role: "user",
        content: ["tooluse_1", "tooluse_2"].map((id) => ({ type: "tool_result", tool_use_id: id, content: "ok" })),
      },
    ],
  }),
  gemini: ({ candidates }) => ({
    contents: [
      { role: "user", parts: [{ text: "Hi" }] },
      (candidates as { content: JsonObject }[])[0]!.content,
      {
        role: "user",
        parts: [
          { functionResponse: { id: "tooluse_1", name: "weather", response: { result: "ok" } } },
          { functionResponse: { id: "tooluse_2", name: "now", response: { result: "ok" } } },
        ],
      },
    ],
  }),
};

test.each(PROTOCOLS)("Bedrock's seals come back to it through a client of %s", (protocol) => {
  const codec = codecFor(protocol);
  const answer = codec.response.encode(
    fold(bedrockConverse.response.decode(REASONING_AND_TOOLS.whole)),
    responseTarget,
  );
  const wire = JSON.parse(JSON.stringify(SENT_BACK[protocol](answer.value))) as JsonObject;
  const request = codec.request.decode(wire, { model: "m", stream: false });
  const { value, losses } = bedrockConverse.request.encode(request, {
    model: "anthropic.claude-sonnet-4-5",
    dialect: {},
  });
  const turns = value["messages"] as { role: string; content: JsonObject[] }[];
  const said = turns.find(({ role }) => role === "assistant")?.content ?? [];
  const reasoned = said.filter((block) => block["reasoningContent"] !== undefined);
  expect(reasoned).toEqual([
    { reasoningContent: { reasoningText: { text: "Two cities, two calls.", signature: "c2lnbmVk" } } },
    { reasoningContent: { redactedContent: "ZW5jcnlwdGVk" } },
  ]);
  expect(said.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [toolUse]))).toEqual([
    { toolUseId: "tooluse_1", name: "weather", input: { city: "Bern" } },
    { toolUseId: "tooluse_2", name: "now", input: {} },
  ]);
  expect(losses.filter(({ field }) => field.includes("reasoning"))).toEqual([]);
});
