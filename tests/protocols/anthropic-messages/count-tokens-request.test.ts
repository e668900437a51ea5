import { expect, test } from "bun:test";
import { countTokens } from "#src/protocols/count-tokens.ts";
import { decodeCountTokens } from "#src/protocols/anthropic-messages/count-tokens-request.ts";

test("a request without max_tokens can be counted", async () => {
  const request = decodeCountTokens({ model: "m", messages: [{ role: "user", content: "Hello world" }] });
  expect(await countTokens(request)).toBe(8);
});

test("what is wrong is still named", () => {
  expect(() => decodeCountTokens({ model: "m" })).toThrow(expect.objectContaining({ param: "messages" }));
});
