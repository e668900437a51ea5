import { afterAll, beforeEach, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { FakeUpstream } from "./fake-upstream.ts";
import { gate } from "./gate.ts";
import { within } from "./until.ts";
import { endingAfter, withCrLf } from "./upstream/edits.ts";
import { answering, failing, text } from "./upstream/script.ts";

const upstream = await FakeUpstream.start();
const openai = new OpenAI({ apiKey: "sk-fake", baseURL: `${upstream.origin}/v1`, maxRetries: 0 });
const claude = new Anthropic({ apiKey: "sk-ant-fake", baseURL: upstream.origin, maxRetries: 0 });

const messages = [{ role: "user" as const, content: "Hi" }];
const ask = { model: "fake-large", messages };
const askClaude = { model: "fake-large", max_tokens: 100, messages };
const twoCalls = answering([
  { type: "text", text: "Let me see." },
  { type: "tool", id: "call_1", name: "weather", input: '{"city":"Zürich"}' },
  { type: "tool", id: "call_2", name: "time", input: "" },
]);

beforeEach(() => upstream.reset());
afterAll(() => upstream.close());

test("the openai client reads a whole answer", async () => {
  upstream.reply(text("Grüezi wohl"));
  const answer = await openai.chat.completions.create(ask);
  expect(answer.choices[0]?.message.content).toBe("Grüezi wohl");
  expect(answer.usage?.total_tokens).toBe(18);
  expect(upstream.last.key).toBe("sk-fake");
});

test("the openai client folds a stream of interleaved tool calls", async () => {
  upstream.reply({ ...twoCalls, answer: { ...twoCalls.answer, interleaved: true } });
  const final = await openai.chat.completions
    .stream({ ...ask, stream_options: { include_usage: true } })
    .finalChatCompletion();
  expect(final.choices[0]?.finish_reason).toBe("tool_calls");
  const calls = final.choices[0]?.message.tool_calls?.map((call) =>
    call.type === "function" ? call.function.arguments : "",
  );
  expect(calls).toEqual(['{"city":"Zürich"}', ""]);
  expect(final.usage?.prompt_tokens).toBe(11);
});

test("the Anthropic client folds a stream with thinking and tools", async () => {
  const parts = [{ type: "thinking" as const, text: "Hm, well.", signature: "sig-1" }, ...twoCalls.answer.parts];
  upstream.reply(answering(parts, { edit: withCrLf }));
  const final = await claude.messages.stream(askClaude).finalMessage();
  expect(final.content.map((block) => block.type)).toEqual(["thinking", "text", "tool_use", "tool_use"]);
  expect(final.content[2]).toMatchObject({ input: { city: "Zürich" } });
  expect(final.content[3]).toMatchObject({ input: {} });
  expect(final.stop_reason).toBe("tool_use");
});

test("errors have the vendor's shape", async () => {
  upstream.reply(failing(429, { headers: { "retry-after": "7" } }));
  const error = await claude.messages.create(askClaude).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Anthropic.RateLimitError);
  upstream.reply(failing(401));
  expect(await openai.chat.completions.create(ask).catch((thrown: unknown) => thrown)).toBeInstanceOf(
    OpenAI.AuthenticationError,
  );
});

test("a request the vendor would refuse is refused", async () => {
  const body = { ...ask, top_k: 5 } as OpenAI.ChatCompletionCreateParamsNonStreaming;
  expect(await openai.chat.completions.create(body).catch((thrown: unknown) => thrown)).toBeInstanceOf(
    OpenAI.BadRequestError,
  );
  const stray = [...messages, { role: "user" as const, content: [{ type: "tool_result" as const, tool_use_id: "x" }] }];
  const refused = claude.messages.create({ ...askClaude, messages: stray });
  expect(await refused.catch((thrown: unknown) => thrown)).toBeInstanceOf(Anthropic.BadRequestError);
  expect(upstream.refusals).toHaveLength(2);
});

test("a client that leaves while the answer is held is seen", async () => {
  const held = gate();
  for (const delivery of [
    { beforeHeaders: held.opened },
    { beforeBody: held.opened },
    { hold: { afterFrames: 2, until: held.opened } },
  ]) {
    const leaving = new AbortController();
    upstream.reply(text("one two three", delivery));
    const url = `${upstream.origin}/v1/chat/completions`;
    const headers = { authorization: "Bearer k", "content-type": "application/json" };
    const body = JSON.stringify({ ...ask, stream: true });
    const call = fetch(url, { method: "POST", headers, body, signal: leaving.signal }).catch(() => undefined);
    const request = await within("the request", upstream.next());
    if (!("beforeHeaders" in delivery)) await call;
    leaving.abort();
    await within("the abort", request.aborted);
    await call;
  }
});

test("answers are cut where the script says", async () => {
  upstream.reply(text("one two three four five", { cutAfterBytes: 700, drip: true }));
  const stream = await openai.chat.completions.create({ ...ask, stream: true });
  const reading = Array.fromAsync(stream);
  expect(await reading.catch(() => "cut")).toBe("cut");
  expect(await upstream.last.outcome).toBe("cut");
  expect(upstream.last.sent()).toHaveLength(700);
});

test("an answer may end cleanly before its finish reason", async () => {
  upstream.reply(text("one two three four five", { edit: endingAfter(3), gzip: true }));
  const stream = await openai.chat.completions.create({ ...ask, stream: true });
  const chunks = await Array.fromAsync(stream);
  expect(chunks).toHaveLength(3);
});

test("a giant answer waits for its reader", async () => {
  async function* zeros(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < 4096; sent++) yield new Uint8Array(1 << 18);
  }
  upstream.reply({ body: zeros(), contentType: "application/octet-stream" });
  const headers = { authorization: "Bearer k", "content-type": "application/json" };
  const response = await fetch(`${upstream.origin}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify(ask),
  });
  let read = 0;
  for await (const piece of response.body ?? []) read += piece.length;
  expect(read).toBe(2 ** 30);
});
