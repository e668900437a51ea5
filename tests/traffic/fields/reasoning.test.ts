import { describe, expect, test } from "bun:test";
import { array, assert, boolean, constantFrom, integer, property, record, string } from "fast-check";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent, ContentPart } from "#src/core/chat.ts";
import { type Reducer, start } from "#src/core/codec.ts";
import { promoteThinking } from "#src/traffic/fields/promote-thinking.ts";
import { reasoningContent } from "#src/traffic/fields/reasoning-content.ts";
import { Converting } from "#src/traffic/ai/stream-work.ts";
import { atOnce } from "#tests/support/at-once.ts";

const FINISH: ChatEvent = { type: "finish", reason: { unified: "stop", raw: "stop" } };

function run<S>(reducer: Reducer<S, ChatEvent, ChatEvent>, events: readonly ChatEvent[]): ChatEvent[] {
  const editor = start(reducer);
  return [...events.flatMap((event) => editor.step(event)), ...editor.end()];
}

function thought(block: number, text: string, more: Partial<ChatEvent> = {}): ChatEvent {
  return { type: "reasoning", block, text, ...more } as ChatEvent;
}

function words(block: number, text: string, more: Partial<ChatEvent> = {}): ChatEvent {
  return { type: "text", block, text, ...more } as ChatEvent;
}

function ended(block: number): ChatEvent {
  return { type: "block-end", block };
}

function contentOf(events: readonly ChatEvent[]): readonly ContentPart[] {
  return fold(events).choices[0]?.content ?? [];
}

describe("reasoningContentMode", () => {
  const answer = [
    { type: "start" } as ChatEvent,
    thought(0, "I "),
    thought(0, "think."),
    thought(0, "", { signature: "sig", sealedBy: "anthropic-messages" }),
    ended(0),
    words(1, "So."),
    ended(1),
    FINISH,
  ];

  test("ignore leaves it out, and nothing else", () => {
    expect(run(reasoningContent("ignore"), answer)).toEqual([{ type: "start" }, words(1, "So."), ended(1), FINISH]);
  });

  test("concat puts it before the text, in tags", () => {
    const text = contentOf(run(reasoningContent("concat"), answer)).map((part) => "text" in part && part.text);
    expect(text.join("")).toBe("<think>I think.</think>\nSo.");
  });

  test("concat closes the tag when the text, another block of thought or the end comes without a block's end", () => {
    const texts = (events: readonly ChatEvent[]) =>
      contentOf(run(reasoningContent("concat"), [...events, FINISH])).map((part) => "text" in part && part.text);
    expect(texts([thought(0, "a"), words(1, "b")]).join("")).toBe("<think>a</think>\nb");
    expect(texts([thought(0, "a")]).join("")).toBe("<think>a</think>\n");
    expect(texts([thought(0, "a"), thought(1, "b"), words(2, "c")]).join("|")).toBe(
      "<think>a</think>\n|<think>b</think>\n|c",
    );
  });

  test("each choice has its own", () => {
    const events = [thought(0, "a"), thought(1, "b", { choice: 1 }), words(2, "c")];
    const finishes: ChatEvent[] = [FINISH, { ...FINISH, choice: 1 }];
    const { choices } = fold(run(reasoningContent("concat"), [...events, ...finishes]));
    expect(choices.map(({ content }) => content.map((part) => "text" in part && part.text).join(""))).toEqual([
      "<think>a</think>\nc",
      "<think>b</think>\n",
    ]);
  });

  test.each(["ignore", "concat"] as const)("%s: what only its vendor can read stays", (mode) => {
    const sealed = [
      thought(0, "", { redacted: "x", sealedBy: "anthropic-messages" }),
      ended(0),
      thought(1, "", { signature: "s", sealedBy: "anthropic-messages" }),
      ended(1),
      words(2, "So."),
      FINISH,
    ];
    expect(run(reasoningContent(mode), sealed)).toEqual(sealed);
  });
});

describe("promoteThinkingOnEmpty", () => {
  test("an answer of nothing but reasoning has that as its text", () => {
    const events = run(promoteThinking, [
      { type: "start" },
      words(9, ""),
      thought(0, "a"),
      thought(0, "b", { signature: "s", sealedBy: "gemini" }),
      ended(0),
      thought(1, "c"),
      FINISH,
    ]);
    expect(contentOf(events)).toEqual([{ type: "text", text: "ab\n\nc" }]);
    // While nothing can be told, the client hears that the provider is alive.
    expect(events.filter(({ type }) => type === "ping").length).toBe(4);
  });

  test.each<readonly [string, ChatEvent]>([
    ["text", words(1, "x")],
    ["a tool call", { type: "tool-call", block: 1, id: "c", name: "f", kind: "function" }],
    ["a refusal", { type: "refusal", block: 1, text: "no" }],
  ])("with %s it stays reasoning, before it", (_, content) => {
    const events = [thought(0, "a"), ended(0), content, thought(2, "later"), FINISH];
    expect(run(promoteThinking, events).filter(({ type }) => type !== "ping")).toEqual(events);
  });

  test("reasoning nobody can read is no text", () => {
    const events = [thought(0, "", { redacted: "x", sealedBy: "anthropic-messages" }), FINISH];
    expect(run(promoteThinking, events).filter(({ type }) => type !== "ping")).toEqual(events);
  });

  test("a stream that fails or is cut loses nothing", () => {
    const error: ChatEvent = { type: "error", code: "upstream_error", message: "no" };
    const shown = (events: readonly ChatEvent[]) => run(promoteThinking, events).filter(({ type }) => type !== "ping");
    expect(shown([thought(0, "a"), error])).toEqual([thought(0, "a"), error]);
    expect(shown([thought(0, "a")])).toEqual([thought(0, "a")]);
  });

  test("no more is held back than is allowed", () => {
    const long = "x".repeat(5 * 1024 * 1024);
    const events = run(promoteThinking, [thought(0, long), thought(0, long), thought(0, "z"), FINISH]);
    expect(events.filter(({ type }) => type === "reasoning").length).toBe(3);
  });
});

/** An answer of blocks of reasoning and text, each cut into pieces. */
const blocks = array(
  record({
    type: constantFrom("reasoning" as const, "text" as const),
    pieces: array(string({ maxLength: 3 }), { minLength: 1, maxLength: 4 }),
    ended: boolean(),
  }),
  { maxLength: 6 },
);

describe("however an answer is cut into pieces", () => {
  const reducers = [
    ["ignore", reasoningContent("ignore")],
    ["concat", reasoningContent("concat")],
    ["promote", promoteThinking],
  ] as readonly (readonly [string, Reducer<unknown, ChatEvent, ChatEvent>])[];

  test.each(reducers)("%s: the result is the same", (_, reducer) => {
    assert(
      property(blocks, (answer) => {
        const cut = answer.flatMap(({ type, pieces, ended: closes }, block): ChatEvent[] => [
          ...pieces.map((text): ChatEvent => ({ type, block, text })),
          ...(closes ? [ended(block)] : []),
        ]);
        const whole = answer.map(({ type, pieces }, block): ChatEvent => ({ type, block, text: pieces.join("") }));
        const texts = (events: readonly ChatEvent[]) =>
          contentOf(run(reducer, [...events, FINISH])).filter((part) => "text" in part && part.text !== "");
        expect(texts(cut)).toEqual(texts(whole));
      }),
    );
  });

  const chunks = [
    '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"I"},"finish_reason":null}]}',
    '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"reasoning_content":" thînk"},"finish_reason":null}]}',
    '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"So."},"finish_reason":null}]}',
    '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
    "[DONE]",
  ];
  const stream = new TextEncoder().encode(chunks.map((data) => `data: ${data}\n\n`).join(""));

  test.each(reducers)("%s: a stream of bytes, cut anywhere", (_, reducer) => {
    assert(
      property(integer({ min: 0, max: stream.length }), (at) => {
        const target = { includeUsage: false, now: () => 0, id: () => "id" };
        const convert = (parts: readonly Uint8Array[]) => {
          const work = new Converting("openai-chat", "openai-chat", target, {
            editor: start(reducer),
            clean: (fault) => fault,
          });
          const out = [...parts.map((part) => atOnce(work.push(part))), atOnce(work.end())];
          return out.map((bytes) => new TextDecoder().decode(bytes)).join("");
        };
        const whole = convert([stream]);
        expect(convert([stream.subarray(0, at), stream.subarray(at)])).toBe(whole);
        expect(whole).toEndWith("data: [DONE]\n\n");
      }),
      { numRuns: stream.length },
    );
  });
});
