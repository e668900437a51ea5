import { expect, test } from "bun:test";
import { assert, constantFrom, dictionary, json, property, record, string } from "fast-check";
import type { JsonObject } from "#src/core/json.ts";
import type { FieldRule } from "#src/core/protocol.ts";
import { respell } from "#src/protocols/respell.ts";

test("a field gets the vendor's name, is refused, or goes without a word", () => {
  const rules = { seed: { as: "random_seed" }, user: "refused", stream_options: "implied", store: "refused" } as const;
  expect(respell({ model: "m", seed: 1, user: "u", stream_options: {}, store: null }, { fields: rules })).toEqual({
    body: { model: "m", random_seed: 1 },
    losses: [{ field: "user", kind: "dropped", detail: "the provider refuses it" }],
  });
  expect(respell({ model: "m" }, { fields: rules })).toBeUndefined();
});

test("of two for one thing, the one in OpenAI's newer name counts", () => {
  const body = { max_tokens: 1, max_completion_tokens: 2 };
  expect(respell(body, { fields: { max_completion_tokens: { as: "max_tokens" } } })?.body).toEqual({ max_tokens: 2 });
  expect(body).toEqual({ max_tokens: 1, max_completion_tokens: 2 });
});

test("messages lose their names where those are refused, once told; a tool's is the tool's", () => {
  const named = { role: "user", name: "ann", content: "Hi." };
  const tool = { role: "tool", name: "look", tool_call_id: "1", content: "5" };
  const messages = [named, { ...named, name: "bob" }, tool, "odd"];
  expect(respell({ messages }, { messageNames: false })).toEqual({
    body: { messages: [{ role: "user", content: "Hi." }, { role: "user", content: "Hi." }, tool, "odd"] },
    losses: [{ field: "messages[].name", kind: "dropped", detail: "the provider refuses it" }],
  });
  expect(respell({ messages: [tool] }, { messageNames: false })).toBeUndefined();
  expect(respell({ messages: [{ name: null }] }, { messageNames: false })).toEqual({
    body: { messages: [{}] },
    losses: [],
  });
  expect(respell({ messages }, {})).toBeUndefined();
  expect(respell({ messages, user: "u" }, { messageNames: false, fields: { user: "refused" } })?.losses).toHaveLength(
    2,
  );
});

test("no field is left that has a rule, every other one is as it was, and every refused one is told", () => {
  const rules: Record<string, FieldRule> = { a: "refused", b: "implied", c: { as: "d" } };
  const body = record(
    { a: string(), b: string(), c: string(), other: dictionary(constantFrom("x", "y"), json()) },
    { requiredKeys: [] },
  );
  assert(
    property(body, (given) => {
      const { body: own, losses } = respell(given, { fields: rules }) ?? { body: given, losses: [] };
      expect(Object.keys(own).every((field) => !(field in rules))).toBe(true);
      expect((own as JsonObject)["other"]).toEqual((given as JsonObject)["other"] as JsonObject);
      expect((own as JsonObject)["d"] as string).toEqual(given.c as string);
      expect(losses.map(({ field }) => field)).toEqual(given.a === undefined ? [] : ["a"]);
    }),
  );
});
