import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, property, string } from "fast-check";
import type { ChatEvent, ChatResponse } from "#src/core/chat.ts";
import { fold } from "#src/core/chat-fold.ts";
import { AnswerEditor } from "#plugins/masking/answer.ts";
import { Restorer } from "#plugins/masking/restorer.ts";
import { WordFinder } from "#plugins/masking/word-finder.ts";
import { cutTexts } from "./cut.ts";

const DENIAL = "[blocked]";

interface Given {
  readonly masks?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
  readonly whole?: boolean;
}

function edited(events: readonly ChatEvent[], { masks = {}, words = [], whole = false }: Given): ChatEvent[] {
  const editor = new AnswerEditor({
    words: new WordFinder(words),
    restorer: new Restorer(Object.entries(masks)),
    denial: DENIAL,
    whole,
    denied: () => {},
  });
  return events.flatMap((event) => [...editor.step(event)]);
}

const START: ChatEvent = { type: "start", id: "x" };
const FINISH: ChatEvent = { type: "finish", reason: { unified: "stop", raw: "stop" } };
const USAGE: ChatEvent = { type: "usage", usage: { inputTokens: 1, outputTokens: 2 } };

function texts(pieces: readonly string[], block = 0): ChatEvent[] {
  return pieces.map((text) => ({ type: "text", block, text }));
}

/** What a client has in the end. */
function told(events: readonly ChatEvent[]): ChatResponse["choices"] {
  return fold(events).choices;
}

describe("what was masked", () => {
  test("is put back across pieces, of every kind, and held back no longer than needed", () => {
    const events: ChatEvent[] = [
      START,
      { type: "reasoning", block: 0, text: "is it *" },
      { type: "reasoning", block: 0, text: "**? " },
      { type: "reasoning", block: 0, text: "", signature: "sig" },
      ...texts(["To **", "*", " and *"], 1),
      { type: "tool-call", block: 2, id: "c", name: "f", kind: "function" },
      { type: "tool-input", block: 2, text: '{"a":"**' },
      { type: "tool-input", block: 2, text: '*"}' },
      FINISH,
      USAGE,
    ];
    const given = edited(events, { masks: { "***": 'x"y' } });
    expect(given).toEqual([
      START,
      { type: "reasoning", block: 0, text: "is it " },
      { type: "reasoning", block: 0, text: 'x"y? ' },
      { type: "reasoning", block: 0, text: "", signature: "sig" },
      { type: "text", block: 1, text: "To " },
      { type: "text", block: 1, text: 'x"y' },
      { type: "text", block: 1, text: " and " },
      { type: "text", block: 1, text: "*" },
      { type: "tool-call", block: 2, id: "c", name: "f", kind: "function" },
      { type: "tool-input", block: 2, text: '{"a":"' },
      { type: "tool-input", block: 2, text: 'x\\"y"}' },
      FINISH,
      USAGE,
    ]);
  });

  test("inputs of calls that come side by side are put together apart", () => {
    const events: ChatEvent[] = [
      { type: "tool-call", block: 0, id: "a", name: "f", kind: "function" },
      { type: "tool-input", block: 0, text: '"*' },
      { type: "tool-call", block: 1, id: "b", name: "f", kind: "function" },
      { type: "tool-input", block: 1, text: '"**' },
      { type: "tool-input", block: 0, text: '**"' },
      { type: "tool-input", block: 1, text: '*"' },
      FINISH,
    ];
    const [choice] = told(edited(events, { masks: { "***": "secret" } }));
    expect(choice?.content.map((part) => (part.type === "tool-call" ? part.input : ""))).toEqual([
      '"secret"',
      '"secret"',
    ]);
  });

  test("is put back as it is into a tool's input that is plain text", () => {
    const events: ChatEvent[] = [
      { type: "tool-call", block: 0, id: "a", name: "f", kind: "custom" },
      { type: "tool-input", block: 0, text: "say **" },
      FINISH,
    ];
    expect(edited(events, { masks: { "**": 'x"y' } })[1]).toEqual({ type: "tool-input", block: 0, text: 'say x"y' });
  });

  test("what is held back is given before a block's end, a citation, another block and an error", () => {
    const citation = { protocol: "anthropic-messages", value: {} } as const;
    for (const next of [
      { type: "block-end", block: 0 },
      { type: "citation", block: 0, citation },
      { type: "text", block: 1, text: "x" },
      { type: "error", code: "upstream_cut", message: "Cut." },
    ] as const) {
      const events = edited([...texts(["a*"]), next], { masks: { "**": "x" } });
      expect(events).toEqual([...texts(["a", "*"]), next]);
    }
  });

  test("a signature that comes with text stays behind it", () => {
    const events = edited([{ type: "reasoning", block: 0, text: "a *", signature: "s" }, FINISH], {
      masks: { "**": "x" },
    });
    expect(events[0]).toEqual({ type: "reasoning", block: 0, text: "a *", signature: "s" });
    const late: ChatEvent[] = [
      { type: "reasoning", block: 0, text: "a *" },
      { type: "reasoning", block: 0, text: "", signature: "s" },
    ];
    expect(edited(late, { masks: { "**": "x" } })).toEqual([
      { type: "reasoning", block: 0, text: "a " },
      { type: "reasoning", block: 0, text: "*" },
      { type: "reasoning", block: 0, text: "", signature: "s" },
    ]);
  });

  test("answers that nothing is done to stay the same objects", () => {
    const events: ChatEvent[] = [START, ...texts(["Hello", " you"]), FINISH];
    expect(
      edited(events, { masks: { "***": "x" }, words: ["bad"] }).every((event, at) => event === events[at]),
    ).toBeTrue();
  });

  test("the text is the same wherever it is cut, streamed or whole, in each of several answers", () => {
    const unit = constantFrom("*", "a", " ", "b");
    const cut = cutTexts(string({ unit, maxLength: 20 }));
    assert(
      property(
        cut,
        cut,
        array(constantFrom("a", "ab", "b a"), { maxLength: 2 }),
        constantFrom(true, false),
        (one, two, denied, whole) => {
          const given: Given = { masks: { "**": "<>", "***": "[]" }, words: denied, whole };
          const answer = (pieces: readonly string[], others: readonly string[]): ChatEvent[] => [
            START,
            ...texts(pieces),
            ...texts(others).map((event) => Object.assign(event, { block: 1, choice: 1 })),
            FINISH,
            { ...FINISH, choice: 1 },
          ];
          const words = (choices: ChatResponse["choices"]): readonly string[] =>
            choices.map(({ content, finish }) =>
              [...content.map((part) => (part.type === "text" ? part.text : "")), finish.unified].join(""),
            );
          expect(words(told(edited(answer(one[1], two[1]), given)))).toEqual(
            words(told(edited(answer([one[0]], [two[0]]), given))),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a word that may not be said", () => {
  const given: Given = { words: ["bad word"] };

  test("ends a streamed answer; what was said before stays", () => {
    const events = [
      START,
      ...texts(["A ba", "d", " word", "! More."]),
      { type: "block-end", block: 0 } as const,
      FINISH,
      USAGE,
    ];
    expect(edited(events, given)).toEqual([
      START,
      ...texts(["A ", DENIAL]),
      { ...FINISH, reason: { unified: "content-filter", raw: "content_filter" } },
      USAGE,
    ]);
  });

  test("takes the place of a whole answer", () => {
    const events = [START, ...texts(["Fine. ", "A bad word"]), FINISH, USAGE];
    expect(told(edited(events, { ...given, whole: true }))).toEqual([
      { content: [{ type: "text", text: DENIAL }], finish: { unified: "content-filter", raw: "content_filter" } },
    ]);
  });

  test("at the end of a block, and in thoughts", () => {
    const events: ChatEvent[] = [
      START,
      { type: "reasoning", block: 0, text: "A bad word" },
      { type: "block-end", block: 0 },
      ...texts(["Hello"], 1),
      FINISH,
    ];
    const after = edited(events, given);
    expect(after.slice(1, 3)).toEqual([
      { type: "reasoning", block: 0, text: "A " },
      { type: "block-end", block: 0 },
    ]);
    expect(after[3]).toMatchObject({ type: "text", text: DENIAL });
    expect(after[4]).toMatchObject({ type: "finish", reason: { unified: "content-filter" } });
  });

  test("in one answer leaves the others", () => {
    const events: ChatEvent[] = [
      START,
      ...texts(["A bad word."]),
      { type: "text", block: 1, choice: 1, text: "Good." },
      FINISH,
      { ...FINISH, choice: 1 },
    ];
    for (const whole of [true, false]) {
      const choices = told(edited(events, { ...given, whole }));
      expect(choices.map(({ finish }) => finish.unified)).toEqual(["content-filter", "stop"]);
      expect(choices[1]?.content).toEqual([{ type: "text", text: "Good." }]);
    }
  });

  test("what was put back is the client's own, and no such word", () => {
    const events = [...texts(["It is ***."]), FINISH];
    expect(edited(events, { ...given, masks: { "***": "bad word" } })).toEqual([...texts(["It is bad word."]), FINISH]);
  });
});
