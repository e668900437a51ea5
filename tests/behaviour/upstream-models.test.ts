import { afterAll, beforeEach, expect, test } from "bun:test";
import { BOTH, providerOf } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { text } from "#tests/support/upstream/script.ts";

const OPENAI = BOTH.filter(({ type }) => type === "openai");

const stage = await openStage((upstream) => ({
  providers: OPENAI.map((kind) => providerOf(kind, upstream, { modelMapping: { "own-*": "fake-small" } })),
  routes: [
    {
      name: "all",
      ai: {
        upstreams: [{ provider: "openai", modelMapping: { "gpt-*": "own-name", "~^(a)b$": "$1-fake", kept: "" } }],
      },
    },
  ],
}));
const { openai, upstream } = stage;

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

test.each([
  ["gpt-4o", "fake-small"],
  ["ab", "a-fake"],
  ["kept", "kept"],
  ["own-other", "fake-small"],
  ["other", "other"],
])("a route's upstream maps models before its provider does: %s is %s", async (asked, sent) => {
  upstream.serve(text("Hello"));
  await openai.chat.completions.create({ model: asked, messages: [{ role: "user", content: "Hi" }] });
  expect(upstream.requests[0]?.model).toBe(sent);
});

test("the names that it maps are offered", async () => {
  const ids = (await openai.models.list()).data.map(({ id }) => id);
  expect(ids).toContain("kept");
});
