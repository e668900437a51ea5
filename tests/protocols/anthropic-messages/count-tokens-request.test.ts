import { expect, test } from "bun:test";
import { countTokens } from "#src/protocols/count-tokens.ts";
import { countTokens as counting, decodeCountTokens } from "#src/protocols/anthropic-messages/count-tokens-request.ts";

test("a request without max_tokens can be counted", async () => {
  const request = decodeCountTokens({ model: "m", messages: [{ role: "user", content: "Hello world" }] });
  expect(await countTokens(request)).toBe(8);
});

test("what is wrong is still named", () => {
  expect(() => decodeCountTokens({ model: "m" })).toThrow(expect.objectContaining({ param: "messages" }));
});

test("a request is written without what concerns its answer", () => {
  const asked = {
    model: "claude-sonnet-4-5",
    system: "Be brief.",
    messages: [{ role: "user", content: "Hello world" }],
    tools: [{ name: "f", input_schema: { type: "object" } }],
    thinking: { type: "enabled", budget_tokens: 2000 },
  };
  const answer = { max_tokens: 4000, temperature: 1, stream: true, stop_sequences: ["x"], metadata: { user_id: "u" } };
  const request = decodeCountTokens({ ...asked, ...answer });
  expect(counting.encode(request, { model: asked.model, dialect: {}, maxOutputTokens: 64_000 })).toEqual(asked);
});
