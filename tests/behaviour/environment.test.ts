import { afterAll, beforeEach, expect, test } from "bun:test";
import { FakeUpstream } from "#tests/support/fake-upstream.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { stageOf } from "#tests/support/stage.ts";

const upstream = await FakeUpstream.start();
const gateway = await startGateway({
  env: {
    OPENAI_API_KEY: "sk-openai-from-env",
    OPENAI_BASE_URL: `${upstream.origin}/openai/v1`,
    ANTHROPIC_API_KEY: "sk-ant-from-env",
    ANTHROPIC_BASE_URL: `${upstream.origin}/claude`,
  },
});
const { openai, claude } = stageOf(upstream, gateway);
const messages = [{ role: "user" as const, content: "Hi" }];

beforeEach(() => upstream.reset());
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

test("a model's well-known owner is asked", async () => {
  await openai.chat.completions.create({ model: "claude-sonnet-4-5", messages });
  expect(upstream.last).toMatchObject({ path: "/v1/messages", model: "claude-sonnet-4-5", key: "sk-ant-from-env" });
  await claude.messages.create({ model: "gpt-4.1-mini", max_tokens: 5, messages });
  expect(upstream.last).toMatchObject({
    path: "/v1/chat/completions",
    model: "gpt-4.1-mini",
    key: "sk-openai-from-env",
  });
});

test("provider/model picks the provider", async () => {
  await openai.chat.completions.create({ model: "claude/some-model", messages });
  expect(upstream.last).toMatchObject({ path: "/v1/messages", model: "some-model" });
  await openai.chat.completions.create({ model: "openai/some-model", messages });
  expect(upstream.last).toMatchObject({ path: "/v1/chat/completions", model: "some-model" });
});
