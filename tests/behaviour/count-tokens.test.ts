import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { secretOf } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";

const stage = await openStage();
const { upstream, claude } = stage;

const messages = [{ role: "user" as const, content: "How many tokens are in this sentence?" }];

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

test("a Claude provider counts itself", async () => {
  const { data, response } = await claude.messages.countTokens({ model: "claude/x", messages }).withResponse();
  expect(data.input_tokens).toBe(4242);
  expect(response.headers.get("x-sluice-estimate")).toBeNull();
  expect(upstream.last).toMatchObject({
    path: "/v1/messages/count_tokens",
    model: "fake-large",
    key: secretOf("claude"),
  });
});

test("a Claude provider counts for a Gemini client, in that one's words", async () => {
  const contents = [{ role: "user", parts: [{ text: "How many tokens are in this sentence?" }] }];
  const answer = await stage.post(`/v1beta/models/${encodeURIComponent("claude/x")}:countTokens`, { contents });
  expect(answer.headers.get("x-sluice-estimate")).toBeNull();
  expect(await answer.json()).toEqual({ totalTokens: 4242 });
  expect(upstream.last).toMatchObject({
    path: "/v1/messages/count_tokens",
    json: { model: "fake-large", messages: [{ role: "user", content: "How many tokens are in this sentence?" }] },
  });
});

test("for others the gateway estimates, and says so", async () => {
  const count = async (words: string): Promise<number> => {
    const ask = claude.messages.countTokens({ model: "openai/x", messages: [{ role: "user", content: words }] });
    const { data, response } = await ask.withResponse();
    expect(response.headers.get("x-sluice-estimate")).toBe("true");
    return data.input_tokens;
  };
  const short = await count("one two three four");
  const long = await count("one two three four ".repeat(50));
  expect(short).toBeWithin(4, 30);
  expect(long).toBeWithin(200, 400);
  expect(upstream.requests).toEqual([]);
});
