/** OpenAI's APIs beside chat with OpenAI's client, through two gateways on different runtimes that share a Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, createReadStream, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { OpenAIApis } from "#tests/support/openai-apis.ts";
import { redisMissing, type RedisServer, startRedis } from "#tests/support/redis.ts";
import { Sockets } from "#tests/support/sockets.ts";
import { openaiClient, thrownBy } from "#tests/support/stage.ts";

const SOUND = "s".repeat(300_000);

describe.skipIf(redisMissing !== undefined)("API families", () => {
  const gateways: Gateway[] = [];
  const a = new OpenAIApis();
  const b = new OpenAIApis();
  const directory = mkdtempSync(join(tmpdir(), "sluice-families-"));
  const file = join(directory, "input.jsonl");
  const sockets = new Sockets();
  let redis: RedisServer;

  afterEach(() => sockets.closeAll());

  const provider = (id: string, api: OpenAIApis, more = {}) => ({
    id,
    type: "openai",
    apiTokens: [1, 2, 3].map((n) => `sk-of-${id}-0123456789-${n}`),
    baseUrl: api.base,
    ...more,
  });

  beforeAll(async () => {
    redis = await startRedis();
    writeFileSync(file, SOUND);
    const config = {
      admin: { port: 0 },
      store: `redis://127.0.0.1:${redis.port}/0`,
      consumers: ["alice", "bob"].map((name) => ({ name, credentials: [`key-of-${name}`] })),
      providers: [
        { id: "claude", type: "claude", apiTokens: ["sk-ant-1"], baseUrl: a.base },
        provider("a", a),
        provider("b", b, { modelMapping: { "b-whisper": "real-b" } }),
      ],
      routes: [
        { name: "to-a", match: { models: ["a-*"] }, ai: { upstreams: [{ provider: "a" }] } },
        { name: "to-b", match: { models: ["b-*"] }, ai: { upstreams: [{ provider: "b" }] } },
        { name: "only-b", match: { path: { prefix: "/b" } }, ai: { upstreams: [{ provider: "b" }] } },
        { name: "all", ai: { upstreams: [{ provider: "claude" }, { provider: "a" }, { provider: "b" }] } },
      ],
    };
    for (const runtime of ["bun", "deno"] as const) gateways.push(await startGateway({ config, runtime }));
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.stop();
    for (const api of [a, b]) await api.close();
    await redis.stop();
    rmSync(directory, { recursive: true });
  });

  const gatewayOf = (index: number): Gateway => gateways[index] as Gateway;
  const client = (index: number, consumer = "alice"): OpenAI => openaiClient(gatewayOf(index), `key-of-${consumer}`);

  test.each([0, 1])("a file that is streamed in belongs to one key, whichever gateway is asked (%i)", async (index) => {
    const made = await client(index).files.create({ file: createReadStream(file), purpose: "batch" });
    expect(made.bytes).toBe(SOUND.length);
    const { key } = a.last;
    const other = client(1 - index, "bob");
    expect((await other.files.retrieve(made.id)).id).toBe(made.id);
    expect(await (await other.files.content(made.id)).text()).toBe(`content of ${made.id}`);
    const batch = await other.batches.create({
      input_file_id: made.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    // What the batch wrote is its key's too.
    expect((await client(index).files.retrieve(batch.output_file_id ?? "")).object).toBe("file");
    expect(new Set(a.requests.slice(-5).map((request) => request.key))).toEqual(new Set([key]));
    expect(key).toStartWith("sk-of-a-");
  });

  test("an object is asked for where it was made, be that provider the route's first or not", async () => {
    const onB = new OpenAI({ apiKey: "key-of-alice", baseURL: `${gatewayOf(0).origin}/b/v1`, maxRetries: 0 });
    const { id } = await onB.files.create({ file: await toFile(Buffer.from("x"), "x.txt"), purpose: "batch" });
    const before = a.requests.length;
    expect((await client(1).files.retrieve(id)).id).toBe(id);
    expect(a.requests.length).toBe(before);
  });

  test("one consumer's requests stay with one key", async () => {
    for (const index of [0, 1, 0]) {
      await client(index).files.create({ file: await toFile(Buffer.from("x"), "x.txt"), purpose: "batch" });
    }
    expect(new Set(a.requests.slice(-3).map(({ key }) => key)).size).toBe(1);
  });

  describe.each([0, 1])("on gateway %i", (index) => {
    test("a sound goes where its model is, although the model is named behind it", async () => {
      const sound = new File([SOUND], "a.wav");
      const first = await client(index).audio.transcriptions.create({ file: sound, model: "a-whisper" });
      expect(first.text).toBe("a-whisper heard it");
      const second = await client(index).audio.transcriptions.create({
        file: createReadStream(file),
        model: "b-whisper",
      });
      expect(second.text).toBe("real-b heard it");
      const sent = b.last.form?.get("file");
      expect(sent instanceof Blob ? sent.size : 0).toBe(SOUND.length);
    });

    test("images are edited", async () => {
      const image = await toFile(Buffer.from("png"), "a.png", { type: "image/png" });
      const { data } = await client(index).images.edit({
        image: [image, image],
        prompt: "a hat",
        model: "a-gpt-image",
      });
      expect(data?.[0]?.b64_json).toBe("aGk=");
      expect(a.last.form?.getAll("image[]")).toHaveLength(2);
      expect(a.last.form?.get("model")).toBe("a-gpt-image");
    });

    test("an API that no provider of the model has is told of by both names", async () => {
      const { url, headers } = {
        url: `${gatewayOf(index).origin}/v1/rerank`,
        headers: { "content-type": "application/json" },
      };
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, authorization: "Bearer key-of-alice" },
        body: JSON.stringify({ model: "a-rerank", query: "q", documents: ["d"] }),
      });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: { code: "api_not_supported", message: "The provider 'a' (openai) has no rerank API." },
      });
    });

    const KEY = "openai-insecure-api-key.key-of-alice";
    const open = (model: string, protocols: string[] = [], headers: Record<string, string> = {}) =>
      sockets.open(`${gatewayOf(index).origin.replace("http", "ws")}/v1/realtime?model=${model}`, protocols, headers);

    test("a realtime session: events both ways, the key at the gateway, the close code to the client", async () => {
      const socket = await open("a-realtime", ["realtime", KEY, "openai-beta.realtime-v1"]);
      expect(socket.socket.protocol).toBe("realtime");
      expect(await socket.next()).toBe('{"type":"session.created"}');
      socket.socket.send('{"type":"response.create"}');
      expect(await socket.next()).toBe('{"type":"response.done","of":"response.create"}');
      socket.socket.send(new Uint8Array([1, 2, 255]));
      expect(await socket.next()).toEqual(new Uint8Array([1, 2, 255]));
      const { key, headers, search } = a.last;
      expect(key).toStartWith("sk-of-a-");
      expect(search).toBe("?model=a-realtime");
      expect(headers.get("sec-websocket-protocol")?.split(/, */)).toEqual(["realtime", "openai-beta.realtime-v1"]);
      socket.socket.send('{"type":"close","code":4008,"reason":"session over"}');
      expect(await socket.closed).toEqual({ code: 4008, reason: "session over" });
    });

    test("a client's close code reaches the provider", async () => {
      const socket = await open("a-realtime", [], { authorization: "Bearer key-of-alice" });
      await socket.next();
      const closed = a.nextClose();
      socket.socket.close(4001, "enough");
      expect(await closed).toEqual({ code: 4001, reason: "enough" });
    });

    test("the provider's refusal is told with its status and words, and a stranger is not let through", async () => {
      const refused = (model: string, key: string): Promise<Response> =>
        fetch(`${gatewayOf(index).origin}/v1/realtime?model=${model}`, {
          headers: {
            connection: "Upgrade",
            upgrade: "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
            "sec-websocket-protocol": `realtime, openai-insecure-api-key.${key}`,
          },
        });
      const response = await refused("a-refused", "key-of-alice");
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: { message: "Model not found.", type: "invalid_request_error" },
      });
      const before = a.requests.length;
      expect((await refused("a-realtime", "key-of-nobody")).status).toBe(401);
      expect(a.requests.length).toBe(before);
    });

    test("a model nobody has is an error in OpenAI's words", async () => {
      const asked = client(index).files.retrieve("file-nowhere");
      expect(await thrownBy(asked)).toMatchObject({ status: 404 });
    });
  });
});

test("what names no model finds its provider among routes that all ask for one", async () => {
  const a = new OpenAIApis();
  const b = new OpenAIApis();
  const provider = (id: string, api: OpenAIApis) => ({
    id,
    type: "openai",
    apiTokens: [`sk-of-${id}-0123456789`],
    baseUrl: api.base,
  });
  const gateway = await startGateway({
    config: {
      admin: { port: 0 },
      consumers: [{ name: "alice", credentials: ["key-of-alice"] }],
      providers: [provider("a", a), provider("b", b)],
      routes: [
        { name: "a", match: { models: ["a-*"] }, ai: { upstreams: [{ provider: "a" }] } },
        { name: "b", match: { models: ["b-*"] }, ai: { upstreams: [{ provider: "b" }] }, public: true },
        {
          name: "only-b",
          match: { path: { prefix: "/b" }, methods: ["POST"] },
          ai: { upstreams: [{ provider: "b" }] },
        },
      ],
    },
  });
  try {
    const client = openaiClient(gateway, "key-of-alice");
    const file = await toFile(Buffer.from("x"), "x.txt");
    const onB = new OpenAI({ apiKey: "key-of-alice", baseURL: `${gateway.origin}/b/v1`, maxRetries: 0 });
    const { id } = await onB.files.create({ file, purpose: "batch" });
    expect((await client.files.retrieve(id)).id).toBe(id);
    expect(b.requests.length).toBe(2);
    // Nobody in particular has it: it goes to the first.
    const made = await client.files.create({ file, purpose: "batch" });
    expect((await client.files.retrieve(made.id)).id).toBe(made.id);
    expect(a.requests.length).toBe(2);
    // One that may name a model goes where that is.
    const asked = client.moderations.create({ model: "b-moderation", input: "x" });
    expect(await thrownBy(asked)).toMatchObject({ status: 404 });
    expect(b.last.path).toBe("/moderations");
    expect(await thrownBy(client.moderations.create({ model: "c-moderation", input: "x" }))).toMatchObject({
      code: "model_not_found",
    });
    // Not all of these routes are open to strangers.
    expect(await thrownBy(openaiClient(gateway, "nobody").files.retrieve(id))).toMatchObject({ status: 401 });
  } finally {
    await gateway.stop();
    await a.close();
    await b.close();
  }
});
