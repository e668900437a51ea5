import { expect, test } from "bun:test";
import { createSseDecoder } from "#src/core/sse.ts";
import { TEXT } from "#tests/protocols/cohere-chat/fixtures.ts";
import { json, setUp } from "./set-up.ts";

const EVENTS = { "content-type": "text/event-stream" };

/** A stream that breaks once its bytes were taken. */
function breaking(text: string): ReadableStream<Uint8Array> {
  const chunks = [new TextEncoder().encode(text)];
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.error(new Error("connection reset"));
      else controller.enqueue(chunk);
    },
  });
}

const MESSAGE = "The connection to the provider 'p' broke before its answer was complete.";

test.each([
  [
    "/v2/chat",
    "message-end",
    { type: "message-end", id: expect.any(String), delta: { finish_reason: "ERROR", error: MESSAGE } },
  ],
  [
    "/v1/chat",
    "stream-end",
    { is_finished: true, event_type: "stream-end", finish_reason: "ERROR", response: { text: MESSAGE } },
  ],
])("a stream of %s that breaks ends with %s", async (path, name, data) => {
  const [start = ""] = TEXT.sse.split("\n\n");
  const stage = setUp({ answer: () => new Response(breaking(`${start}\n\n`), { headers: EVENTS }) });
  const { response, exchange } = await stage.ask(path, json({ model: "m", stream: true }));
  const events = createSseDecoder({ maxEventBytes: 1e6 }).push(await response.bytes());
  expect(events.map(({ event }) => event)).toEqual(["message-start", name]);
  expect(JSON.parse(events.at(-1)?.data ?? "")).toEqual(data);
  expect(exchange.record).toMatchObject({ fault: "upstream_cut", stream: true, modelAsked: "m" });
});

test("what a stream says was used is read on the way, and the bytes stay as they are", async () => {
  const stage = setUp({ answer: () => new Response(TEXT.sse, { headers: EVENTS }) });
  const { response, exchange } = await stage.ask("/v2/chat", json({ model: "m", stream: true }));
  expect(await response.text()).toBe(TEXT.sse);
  expect(exchange.record.usage).toMatchObject({ inputTokens: 28, outputTokens: 16 });
});

test("clients of embed's first version get vectors as it lists them", async () => {
  const answer = { data: [{ index: 0, embedding: [0.5, 1] }], usage: { prompt_tokens: 3, total_tokens: 3 } };
  const stage = setUp({ answer: () => Response.json(answer) });
  const asked = { model: "m", texts: ["a"], input_type: "search_query" };
  const plain = await stage.ask("/v1/embed", json(asked));
  expect(await plain.response.json()).toMatchObject({
    response_type: "embeddings_floats",
    embeddings: [[0.5, 1]],
    meta: { api_version: { version: "1" }, billed_units: { input_tokens: 3 } },
  });
  const typed = await stage.ask("/v1/embed", json({ ...asked, embedding_types: ["float"] }));
  expect(await typed.response.json()).toMatchObject({
    response_type: "embeddings_by_type",
    embeddings: { float: [[0.5, 1]] },
  });
});
