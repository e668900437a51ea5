import { describe, expect, test } from "bun:test";
import type { ChatEvent, ChatRequest } from "#src/core/chat.ts";
import type { Codec } from "#src/core/codec.ts";
import { fold } from "#src/core/chat-fold.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { asEvents, decodeStream, encodeStream, responseTarget } from "#tests/contracts/codec.ts";

const request: ChatRequest = {
  model: "m",
  stream: true,
  messages: [],
  tools: [
    { type: "custom", name: "run" },
    { type: "function", name: "f", inputSchema: { type: "object" } },
  ],
};
const target = { ...responseTarget, request };

const head = (block: number, name: string): ChatEvent => ({
  type: "tool-call",
  block,
  id: `call_${block}`,
  name,
  kind: "function",
});
const input = (block: number, text: string): ChatEvent => ({ type: "tool-input", block, text });

function calls(codec: Codec, ...events: ChatEvent[]): unknown[] {
  const all: ChatEvent[] = [
    { type: "start", id: "a", model: "m" },
    ...events,
    { type: "finish", reason: { unified: "tool-calls", raw: "tool_use" } },
  ];
  const whole = codec.response.encode(fold(all), target).value;
  const read = (list: ChatEvent[]): unknown[] =>
    (fold(list).choices[0]?.content ?? []).map((part) => (part.type === "tool-call" ? [part.kind, part.input] : part));
  const streamed = read(decodeStream(codec, asEvents(encodeStream(codec, all, target))));
  expect(read(codec.response.decode(whole))).toEqual(streamed);
  return streamed;
}

describe.each([openaiChat, openaiResponses])("a client of $protocol", (codec) => {
  test("is given the call of its custom tool as text, others as they are", () => {
    expect(
      calls(
        codec,
        head(0, "run"),
        head(1, "f"),
        input(0, `{"inp`),
        input(1, `{"input":`),
        input(0, `ut":"ls\\n"}`),
        input(1, `"x"}`),
        { type: "block-end", block: 0 },
      ),
    ).toEqual([
      ["custom", "ls\n"],
      ["function", `{"input":"x"}`],
    ]);
  });

  test("is given what is no text in an object as it came", () => {
    expect(calls(codec, head(0, "run"), input(0, `{"input":1}`))).toEqual([["custom", `{"input":1}`]]);
    expect(calls(codec, head(0, "run"), input(0, `{"input":"a","b":1}`))).toEqual([["custom", `{"input":"a","b":1}`]]);
    expect(calls(codec, head(0, "run"), input(0, `{"inp`))).toEqual([["custom", `{"inp`]]);
  });
});
