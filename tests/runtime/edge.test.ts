import { expect, test } from "bun:test";
import type { Readable } from "node:stream";
import { Lines } from "#tests/support/lines.ts";
import { startWorker } from "#tests/support/worker.ts";
import { smoke } from "./smoke.ts";

smoke("worker", () => startWorker());

test("a worker reads its configuration from SLUICE_CONFIG, streams from an upstream and logs what that cost", async () => {
  const events = ["one", "two"].map((content) => ({
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  }));
  const end = {
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
    usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
  };
  const lines = [...events, end].map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(`${lines}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } }),
  });
  const config = {
    prices: { "fake/m": { input: 2, output: 10 } },
    providers: [
      { id: "fake", type: "openai", apiTokens: ["${env:FAKE_KEY}"], baseUrl: `http://127.0.0.1:${upstream.port}/v1` },
    ],
    routes: [{ name: "chat", match: { path: { prefix: "/" } }, ai: { upstreams: [{ provider: "fake" }] } }],
  };
  const heard: Lines[] = [];
  const listen = (stdout: Readable): void => void heard.push(new Lines(stdout));
  const worker = await startWorker({
    bindings: { SLUICE_CONFIG: JSON.stringify(config), FAKE_KEY: "sk-fake" },
    listen,
  });
  try {
    const response = await fetch(`${worker.origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "hi" }] }),
    });
    const text = await response.text();
    expect(text).toContain('"one"');
    expect(text).toContain('"two"');
    expect(text.trimEnd()).toEndWith("data: [DONE]");
    const line = await heard[0]?.find("the request's line", (one) => (one.includes('"request_id"') ? one : undefined));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ input_tokens: 1000, output_tokens: 100, cost_usd: 0.003 });
  } finally {
    await worker.stop();
    await upstream.stop(true);
  }
}, 30_000);
