import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mistralMessages } from "#providers/mistral-messages.ts";

const user = { role: "user", content: "Go on." };

/** The ids of calls, and those that results answer. */
function ids(calls: readonly string[]): { readonly called: readonly unknown[]; readonly answered: readonly unknown[] } {
  const messages = [
    {
      role: "assistant",
      tool_calls: calls.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })),
    },
    ...calls.map((id) => ({ role: "tool", tool_call_id: id, content: "1" })),
  ];
  const [assistant, ...results] = mistralMessages({ messages })["messages"] as [
    { tool_calls: { id: string }[] },
    ...{ tool_call_id: string }[],
  ];
  return { called: assistant.tool_calls.map(({ id }) => id), answered: results.map((result) => result.tool_call_id) };
}

describe("ids of tool calls", () => {
  test("are nine letters and digits, the same for a call and its result, and different for different calls", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 8 }), (calls) => {
        const { called, answered } = ids(calls);
        expect(called).toEqual(answered);
        expect(new Set(called).size).toBe(calls.length);
        for (const id of called) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
      }),
    );
  });

  test("those of counters stay apart", () => {
    const counted = Array.from({ length: 20_000 }, (_, index) => `call_${index}`);
    expect(new Set(ids(counted).called).size).toBe(counted.length);
  });

  test("Mistral's own stay, also beside another's", () => {
    const { called } = ids(["D681PevKs", "toolu_01A09q90qw90lq917835lq9"]);
    expect(called[0]).toBe("D681PevKs");
    expect(called[1]).not.toBe("toolu_01A09q90qw90lq917835lq9");
  });
});

describe("what a model thought", () => {
  const thinking = { type: "thinking", thinking: [{ type: "text", text: "Hm." }] };

  test.each([
    ["Hi.", [thinking, { type: "text", text: "Hi." }]],
    ["", [thinking]],
    [null, [thinking]],
    [[{ type: "text", text: "Hi." }], [thinking, { type: "text", text: "Hi." }]],
  ])("is a part before %p", (content, parts) => {
    const message = { role: "assistant", content, reasoning_content: "Hm." };
    expect(mistralMessages({ messages: [message, user] })).toEqual({
      messages: [{ role: "assistant", content: parts }, user],
    });
  });

  test.each(["", null])("%p is nothing", (thought) => {
    const message = { role: "assistant", content: "Hi.", reasoning_content: thought };
    expect(mistralMessages({ messages: [message, user] })).toEqual({
      messages: [{ role: "assistant", content: "Hi." }, user],
    });
  });
});

describe("the order of messages", () => {
  const [call, answer] = [
    { role: "assistant", tool_calls: [{ id: "D681PevKs" }] },
    { role: "tool", tool_call_id: "D681PevKs", content: "5" },
  ];
  const bridge = { role: "assistant", content: "OK." };

  test.each([
    [
      [call, answer, answer, user],
      [call, answer, answer, bridge, user],
    ],
    [
      [answer, { role: "system", content: "Be brief." }, user],
      [answer, bridge, { role: "system", content: "Be brief." }, user],
    ],
    [
      [user, { role: "assistant", content: "Well," }],
      [user, { role: "assistant", content: "Well,", prefix: true }],
    ],
  ])("%j", (messages, taken) => {
    expect(mistralMessages({ messages })).toEqual({ messages: taken });
  });

  test.each([
    [[call, answer, bridge, user]],
    [[call, answer]],
    [[user, call]],
    [[{ role: "assistant", content: "Well,", prefix: false }]],
  ])("%j stays", (messages) => {
    const body = { messages };
    expect(mistralMessages(body)).toBe(body);
  });
});

test.each([
  [{}],
  [{ messages: "Hi." }],
  [{ messages: ["Hi.", null, { role: "user", content: "Hi." }] }],
  [{ messages: [{ role: "assistant", tool_calls: [null, 7, {}, { id: 7 }, { id: "D681PevKs" }] }] }],
])("%j stays the same object", (body) => {
  expect(mistralMessages(body)).toBe(body);
});
