import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { openStage } from "#tests/support/stage.ts";
import { text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;

const schema = {
  type: "object" as const,
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const messages = [{ role: "user" as const, content: "A city as JSON." }];

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

test("a JSON schema of OpenAI's client is Claude's output format", async () => {
  upstream.reply(text('{"city":"Bern"}'));
  const answer = await openai.chat.completions.create({
    model: "claude/x",
    messages,
    response_format: { type: "json_schema", json_schema: { name: "city", strict: true, schema } },
  });
  expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ city: "Bern" });
  expect(upstream.last.json.output_config).toMatchObject({ format: { type: "json_schema", schema } });
});

test("Claude's output format is a JSON schema for OpenAI", async () => {
  upstream.reply(text('{"city":"Bern"}'));
  const answer = await claude.messages.create({
    model: "openai/x",
    max_tokens: 50,
    messages,
    output_config: { format: { type: "json_schema", schema } },
  });
  expect(answer.content[0]).toMatchObject({ type: "text", text: '{"city":"Bern"}' });
  expect(upstream.last.json.response_format).toMatchObject({ type: "json_schema", json_schema: { schema } });
});

test("a provider that knows only JSON objects is asked for one", async () => {
  upstream.reply(text('{"city":"Bern"}'));
  const { response } = await openai.chat.completions
    .create({
      model: "deepseek/x",
      messages,
      response_format: { type: "json_schema", json_schema: { name: "city", schema } },
    })
    .withResponse();
  // The same protocol on both sides goes through untouched, which is the provider's to refuse.
  expect(response.status).toBe(200);
  expect(upstream.last.json.response_format).toBeDefined();
});
