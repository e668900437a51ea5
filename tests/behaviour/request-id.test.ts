import { afterAll, expect, test } from "bun:test";
import { openStage } from "#tests/support/stage.ts";

const stage = await openStage();
const messages = [{ role: "user", content: "Hi" }];

afterAll(() => stage.close());

const REQUESTS: readonly (readonly [what: string, ask: () => Promise<Response>])[] = [
  ["an answer", () => stage.post("/v1/chat/completions", { model: "openai/x", messages })],
  ["a converted answer", () => stage.post("/v1/messages", { model: "openai/x", max_tokens: 5, messages })],
  ["a stream", () => stage.post("/v1/messages", { model: "claude/x", max_tokens: 5, messages, stream: true })],
  ["a count", () => stage.post("/v1/messages/count_tokens", { model: "claude/x", messages })],
  ["the models", () => fetch(`${stage.gateway.origin}/v1/models`)],
  ["a bad request", () => stage.post("/v1/messages", "no json")],
  ["an unknown model", () => stage.post("/v1/chat/completions", { model: "nobody/x", messages })],
  ["an unknown path", () => fetch(`${stage.gateway.origin}/no/such/path`)],
];

test("every answer has an id of its own, and the log knows it", async () => {
  const ids = new Set<string>();
  for (const [what, ask] of REQUESTS) {
    const response = await ask();
    await response.text();
    const id = response.headers.get("x-request-id");
    expect(id, what).toBeString();
    expect(await stage.gateway.logOf(response), what).toMatchObject({ status: response.status });
    ids.add(id ?? "");
  }
  expect(ids.size).toBe(REQUESTS.length);
});
