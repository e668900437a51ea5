import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { askClaude, askOpenAI, textOf, WAYS } from "#tests/support/ask.ts";
import { BOTH } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { failing, text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;
const messages = [{ role: "user" as const, content: "Hi" }];

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

// A provider may compress although nobody asked for it.
describe.each(BOTH.map((kind) => [kind.type] as const))("a compressed answer of a %s provider", (type) => {
  test.each(WAYS)("is read by both clients, %s", async (_name, streamed) => {
    upstream.serve(text("Grüße 雪", { gzip: true }));
    const own = await askOpenAI(openai, { model: `${type}/x`, messages }, streamed);
    expect(own.choices[0]?.message.content).toBe("Grüße 雪");
    const other = await askClaude(claude, { model: `${type}/x`, max_tokens: 50, messages }, streamed);
    expect(textOf(other)).toBe("Grüße 雪");
  });

  test("says in its headers what its bytes are, for a client that decodes nothing", async () => {
    upstream.serve(text("Hello", { gzip: true }));
    const init = {
      method: "POST",
      decompress: false,
      headers: { "content-type": "application/json", "accept-encoding": "identity" },
    };
    const body = JSON.stringify({ model: `${type}/x`, messages });
    const response = await fetch(`${stage.gateway.origin}/v1/chat/completions`, { ...init, body });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const encoding = response.headers.get("content-encoding");
    const plain = encoding === "gzip" ? Bun.gunzipSync(bytes) : bytes;
    expect(JSON.parse(new TextDecoder().decode(plain))).toHaveProperty("choices");
    const length = response.headers.get("content-length");
    if (length !== null) expect(Number(length)).toBe(bytes.length);
  });

  test("may be an error", async () => {
    upstream.serve(failing(400, { gzip: true, message: "said compressed" }));
    const response = await stage.post("/v1/chat/completions", { model: `${type}/x`, messages });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("said compressed");
  });
});
