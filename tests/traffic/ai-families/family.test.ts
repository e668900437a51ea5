import { expect, test } from "bun:test";
import type { ApiName } from "#src/core/api.ts";
import { faultOf, json, setUp } from "./set-up.ts";

test("embeddings go through untouched but for the model, and their usage is noted", async () => {
  const wire = '{"data": [], "usage": {"prompt_tokens": 5, "total_tokens": 5}}';
  const stage = setUp({
    answer: () => new Response(wire, { headers: { "content-type": "application/json", "x-ratelimit-left": "3" } }),
  });
  const body = '{ "input":"hi",  "model":"my-embed" }';
  const { response, exchange } = await stage.ask("/v1/embeddings?key=client", {
    method: "POST",
    headers: { authorization: "Bearer client", cookie: "c" },
    body,
  });
  expect(await response.text()).toBe(wire);
  expect(response.headers.get("x-ratelimit-left")).toBe("3");
  const [seen] = stage.seen;
  expect(seen?.url).toBe("https://p.test/embeddings");
  expect(seen?.body).toBe('{ "input":"hi",  "model":"embed" }');
  expect(seen?.headers.get("authorization")).toBe("Bearer secret-token-1");
  expect(seen?.headers.has("cookie")).toBe(false);
  expect(exchange.record).toMatchObject({
    api: "embeddings",
    modelAsked: "my-embed",
    modelUsed: "embed",
    usage: { inputTokens: 5, outputTokens: 0 },
  });
});

test("an API nobody has is told by its name and the provider's", async () => {
  const stage = setUp({ providers: [{ id: "p", url: () => undefined }] });
  expect(await faultOf(stage.ask("/v1/moderations", json({ model: "m", input: "x" })))).toMatchObject({
    code: "api_not_supported",
    status: 404,
    message: "The provider 'p' (fake) has no moderations API.",
  });
});

const MODEL = { model: "m", input: "x", prompt: "x", query: "x", documents: ["x"] };
const CLAUDE = { "anthropic-version": "2023-06-01" };

/** Every family beside chat, as some client asks for it. */
const FAMILIES: readonly (readonly [path: string, api: ApiName, init?: RequestInit])[] = [
  ["/v1/completions", "completions", json(MODEL)],
  ["/v1/embeddings", "embeddings", json(MODEL)],
  ["/v2/embed", "embeddings", json({ model: "m", texts: ["x"] })],
  ["/v1beta/models/m:embedContent", "embeddings", json({ content: { parts: [{ text: "x" }] } })],
  ["/v1/images/generations", "image-generation", json(MODEL)],
  ["/v1beta/models/m:predict", "image-generation", json({ instances: [{ prompt: "x" }] })],
  ["/v1/images/edits", "image-edit", form()],
  ["/v1/images/variations", "image-variation", form()],
  ["/v1/audio/speech", "speech", json(MODEL)],
  ["/v1/audio/transcriptions", "transcription", form()],
  ["/v1/audio/translations", "translation", form()],
  ["/v1/moderations", "moderations", json({ input: "x" })],
  ["/v1/rerank", "rerank", json(MODEL)],
  ["/v1/files", "files", form()],
  ["/v1/files/f/content", "files"],
  ["/v1/files", "files", { headers: CLAUDE }],
  ["/v1beta/files/f", "files"],
  ["/upload/v1beta/files", "files", json({})],
  ["/v1/uploads", "uploads", json({})],
  ["/v1/batches", "batches", json({})],
  ["/v1beta/models/m:batchGenerateContent", "batches", json({})],
  ["/v1/fine_tuning/jobs", "fine-tuning", json(MODEL)],
  ["/v1/videos", "videos", json(MODEL)],
  ["/v1/vector_stores", "vector-stores", json({})],
  ["/v1/responses/input_tokens", "responses", json({ input: "x" })],
  ["/v1/messages/batches", "message-batches", json({ requests: [] })],
  ["/v1/complete", "complete", json(MODEL)],
  ["/v1beta/cachedContents", "cached-contents", json({})],
  ["/v1beta/models/m:predictLongRunning", "operations", json({})],
  ["/api/v1/services/aigc/text2image/image-synthesis", "aigc", json(MODEL)],
  ["/api/v1/tasks/t", "tasks"],
];

function form(): RequestInit {
  const body = new FormData();
  body.set("file", new File(["x"], "x"));
  body.set("model", "m");
  return { method: "POST", body };
}

test.each(FAMILIES)("without the API, %s is a 404 that names it (%s) and the provider", async (path, api, init) => {
  const stage = setUp({ providers: [{ id: "p", url: () => undefined }] });
  expect(await faultOf(stage.ask(path, init))).toMatchObject({
    code: "api_not_supported",
    status: 404,
    message: `The provider 'p' (fake) has no ${api} API.`,
  });
  expect(stage.seen).toEqual([]);
});

test("a provider that takes any path gets the client's", async () => {
  const any = { id: "p", url: () => undefined, passThrough: (path: string) => `https://any.test${path}` };
  const stage = setUp({ providers: [any] });
  await stage.ask("/v1/moderations", json({ model: "my-m" }));
  expect(stage.seen[0]).toMatchObject({ url: "https://any.test/v1/moderations", body: '{"model":"m"}' });
});

test("a provider without the API is passed over", async () => {
  const stage = setUp({ providers: [{ id: "p", url: () => undefined }, { id: "q" }] });
  const { exchange } = await stage.ask("/v1/moderations", json({ model: "m" }));
  expect(exchange.record.provider).toBe("q");
});

test("a refused credential gives way to the next, and a failing provider to the next", async () => {
  const stage = setUp({
    providers: [{ id: "p" }, { id: "q" }],
    tokens: ["secret-token-1", "secret-token-2"],
    answer: ({ url, headers }) =>
      url.startsWith("https://q")
        ? Response.json({ id: "ok" })
        : Response.json({ error: { message: `no ${headers.get("authorization")}` } }, { status: 401 }),
  });
  const { response, exchange } = await stage.ask("/v1/images/generations", json({ model: "m", prompt: "cat" }));
  expect(await response.json()).toEqual({ id: "ok" });
  expect(exchange.record.attempts.map(({ credential, status }) => [credential, status])).toEqual([
    ["p#1", 401],
    ["p#2", 401],
    ["q#1", 200],
  ]);
});

test("an error keeps its status and never shows the credential", async () => {
  const answer = () => Response.json({ error: { message: "bad secret-token-1" } }, { status: 400 });
  const fault = await setUp({ answer, options: { fallbackOn: () => false } })
    .ask("/v1/audio/speech", json({ model: "m" }))
    .catch((thrown: unknown) => thrown);
  expect(fault).toMatchObject({ code: "upstream_error", status: 400 });
  expect(String(fault)).not.toContain("secret-token-1");
});

test("embeddings are converted for a provider with another format, losses named", async () => {
  const stage = setUp({
    providers: [{ id: "g", shape: () => "gemini" }],
    answer: () => Response.json({ embeddings: [{ values: [1, 2] }] }),
  });
  const { response } = await stage.ask("/v1/embeddings", json({ model: "my-m", input: "hi", user: "u" }));
  expect(stage.seen[0]?.url).toBe("https://g.test/embeddings:batchEmbedContents");
  expect(JSON.parse(stage.seen[0]?.body ?? "")).toEqual({
    requests: [{ model: "models/m", content: { parts: [{ text: "hi" }] } }],
  });
  expect(await response.json()).toMatchObject({ object: "list", data: [{ embedding: [1, 2] }], model: "m" });
  expect(response.headers.get("x-sluice-loss")).toBe("user");
});

test("a strict route does not lose anything", async () => {
  const stage = setUp({ providers: [{ id: "g", shape: () => "gemini" }], options: { strict: true } });
  const asked = stage.ask("/v1/embeddings", json({ model: "m", input: "hi", user: "u" }));
  expect(await faultOf(asked)).toMatchObject({ code: "lossy_conversion", param: "user" });
});

test("a format that cannot be converted is an API that is not there", async () => {
  const stage = setUp({ providers: [{ id: "g", shape: () => "jina" }] });
  expect(await faultOf(stage.ask("/v1/audio/speech", json({ model: "m", input: "hi" })))).toMatchObject({
    code: "api_not_supported",
  });
});

test("Gemini's own embeddings go to Gemini as they are", async () => {
  const stage = setUp({ providers: [{ id: "g", shape: () => "gemini" }] });
  await stage.ask("/v1beta/models/my-e:embedContent", json({ content: { parts: [{ text: "a" }] } }));
  expect(stage.seen[0]).toMatchObject({
    url: "https://g.test/embeddings:embedContent",
    body: '{"content":{"parts":[{"text":"a"}]}}',
  });
});

test("bytes are streamed back, and the request is over with them", async () => {
  const bytes = new Uint8Array([0, 255, 1, 254]);
  const stage = setUp({ answer: () => new Response(bytes, { headers: { "content-type": "audio/mpeg" } }) });
  const { response, exchange } = await stage.ask("/v1/audio/speech", json({ model: "m", input: "hi" }));
  expect(stage.ended).toEqual([]);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  expect(response.headers.get("content-type")).toBe("audio/mpeg");
  expect(stage.ended).toEqual([exchange]);
  expect(exchange.record.responseBytes).toBe(4);
});

test("usage is read from streamed completions on their way", async () => {
  const wire = 'data: {"choices":[]}\n\ndata: {"usage":{"prompt_tokens":2,"completion_tokens":3}}\n\ndata: [DONE]\n\n';
  const stage = setUp({ answer: () => new Response(wire, { headers: { "content-type": "text/event-stream" } }) });
  const { response, exchange } = await stage.ask("/v1/completions", json({ model: "m", stream: true }));
  expect(await response.text()).toBe(wire);
  expect(exchange.record.usage).toEqual({ inputTokens: 2, outputTokens: 3 });
});

test("a stream that breaks ends with an error event", async () => {
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error("connection reset"));
    },
  });
  const stage = setUp({ answer: () => new Response(broken, { headers: { "content-type": "text/event-stream" } }) });
  const { response, exchange } = await stage.ask("/v1/completions", json({ model: "m", stream: true }));
  expect(await response.text()).toContain("event: error\ndata: {");
  expect(exchange.record.fault).toBe("upstream_cut");
});

test("a client that leaves stops the provider", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1)),
    cancel: () => void (cancelled = true),
  });
  const stage = setUp({ answer: () => new Response(endless) });
  const { response, exchange } = await stage.ask("/v1/files/f/content");
  await response.body?.cancel();
  expect(cancelled).toBe(true);
  expect(exchange.record.fault).toBe("client_closed");
});

test("a DELETE and a POST without a body have none upstream", async () => {
  const stage = setUp();
  await stage.ask("/v1/files/f", { method: "DELETE" });
  await stage.ask("/v1/batches/b/cancel", { method: "POST" });
  expect(stage.seen.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
    "DELETE https://p.test/files/f ",
    "POST https://p.test/batches/b/cancel ",
  ]);
});
