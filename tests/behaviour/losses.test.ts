import { afterAll, beforeEach, expect, test } from "bun:test";
import { BOTH, providerOf, routeOf } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";

const stage = await openStage((upstream) => ({
  providers: BOTH.map((kind) => providerOf(kind, upstream)),
  routes: [
    ...BOTH.map((kind) => routeOf(kind)),
    ...BOTH.map((kind) =>
      routeOf(kind, { name: `strict-${kind.type}`, match: { models: [`strict/${kind.type}`] }, strict: true }),
    ),
  ],
}));
const { upstream, gateway } = stage;
const messages = [{ role: "user", content: "Hi" }];

/** Says what Claude has no word for. */
const openaiOnly = { messages, seed: 7, frequency_penalty: 0.5, logit_bias: { "50256": -100 } };
/** Says what OpenAI has no word for. */
const claudeOnly = { messages, max_tokens: 50, top_k: 40 };

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

test("what Claude cannot say is named in a header and in the access log, and not sent", async () => {
  const response = await stage.post("/v1/chat/completions", { model: "claude/x", ...openaiOnly });
  expect(response.status).toBe(200);
  const named = response.headers.get("x-sluice-loss") ?? "";
  for (const field of ["seed", "frequency_penalty", "logit_bias"]) expect(named).toContain(field);
  expect(upstream.refusals).toEqual([]);
  expect(JSON.stringify(await gateway.logOf(response))).toContain("frequency_penalty");
});

test("what OpenAI cannot say is named as well", async () => {
  const response = await stage.post("/v1/messages", { model: "openai/x", ...claudeOnly });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-sluice-loss")).toContain("top_k");
  expect(upstream.refusals).toEqual([]);
});

test("a strict route refuses, naming the field, and asks nobody", async () => {
  const response = await stage.post("/v1/chat/completions", { model: "strict/claude", ...openaiOnly });
  expect(response.status).toBe(400);
  expect(JSON.stringify(await response.json())).toContain("seed");
  const other = await stage.post("/v1/messages", { model: "strict/openai", ...claudeOnly });
  expect(other.status).toBe(400);
  expect(await other.json()).toMatchObject({
    type: "error",
    error: { type: "invalid_request_error", message: expect.stringContaining("top_k") },
  });
  expect(upstream.requests).toEqual([]);
});

test("a strict route takes what can be said", async () => {
  const response = await stage.post("/v1/chat/completions", { model: "strict/claude", messages });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-sluice-loss")).toBeNull();
});

test("the same protocol on both sides loses nothing", async () => {
  const response = await stage.post("/v1/chat/completions", { model: "openai/x", ...openaiOnly });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-sluice-loss")).toBeNull();
  expect(upstream.last.json).toMatchObject({ seed: 7, frequency_penalty: 0.5 });
});
