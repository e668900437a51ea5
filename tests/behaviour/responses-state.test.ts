/** OpenAI's client goes on from answers that the gateway keeps, through two processes over one Redis, in front of a Claude that keeps none. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { FakeUpstream } from "#tests/support/fake-upstream.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { redisMissing, type RedisServer, startRedis } from "#tests/support/redis.ts";
import { openaiClient, thrownBy } from "#tests/support/stage.ts";

describe.skipIf(redisMissing !== undefined)("kept answers", () => {
  const gateways: Gateway[] = [];
  let redis: RedisServer;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    redis = await startRedis();
    upstream = await FakeUpstream.start();
    const config = {
      admin: { port: 0 },
      store: `redis://127.0.0.1:${redis.port}/0`,
      consumers: ["alice", "bob"].map((name) => ({ name, credentials: [`key-of-${name}`] })),
      providers: [{ id: "claude", type: "claude", apiTokens: ["sk-ant-1"], baseUrl: `${upstream.origin}/claude` }],
      routes: [{ name: "all", ai: { upstreams: [{ provider: "claude", model: "fake-large" }] } }],
    };
    for (const runtime of ["bun", "deno"] as const) gateways.push(await startGateway({ config, runtime }));
  });

  const client = (index: number, consumer = "alice"): OpenAI =>
    openaiClient(gateways[index] as Gateway, `key-of-${consumer}`);
  const model = "any";

  afterAll(async () => {
    for (const gateway of gateways) await gateway.stop();
    await upstream.close();
    await redis.stop();
  });

  /** The conversation as the provider got it last. */
  const asked = (): readonly unknown[] => upstream.last.json["messages"] as readonly unknown[];

  test("an answer is gone on from at another replica, streamed at the one and whole at the other", async () => {
    const first = await client(0).responses.stream({ model, input: "one" }).finalResponse();
    expect(first.id).toStartWith("resp_");
    const second = await client(1).responses.create({ model, input: "two", previous_response_id: first.id });
    expect(second.previous_response_id).toBe(first.id);
    expect(JSON.stringify(asked())).toContain("one");
    const third = await client(0)
      .responses.stream({ model, input: "three", previous_response_id: second.id })
      .finalResponse();
    expect(third.output_text).not.toBe("");
    expect(asked().length).toBe(5);
    const texts = (await client(1).responses.inputItems.list(third.id, { order: "asc", limit: 2 })).data;
    expect(texts.map((item) => item.type)).toEqual(["message", "message"]);
    let count = 0;
    for await (const item of client(1).responses.inputItems.list(third.id, { limit: 2 }))
      count += item.id === "" ? 0 : 1;
    expect(count).toBe(5);
    expect(await client(1).responses.retrieve(third.id)).toMatchObject({ id: third.id, status: "completed" });
  });

  test("another consumer has no such answer", async () => {
    const { id } = await client(0).responses.create({ model, input: "mine" });
    const error = await thrownBy(client(1, "bob").responses.retrieve(id));
    expect(error).toMatchObject({ status: 404, type: "invalid_request_error" });
    await client(1).responses.delete(id);
    const gone = await thrownBy(client(0).responses.retrieve(id));
    expect(gone).toMatchObject({ status: 404 });
  });

  test("a conversation grows at both replicas", async () => {
    const { id } = await client(0).conversations.create({
      metadata: { topic: "x" },
      items: [{ type: "message", role: "user", content: "zero" }],
    });
    await client(1).responses.create({ model, input: "one", conversation: id });
    const { conversation } = await client(0)
      .responses.stream({ model, input: "two", conversation: id })
      .finalResponse();
    expect(conversation).toEqual({ id });
    // A model reads turns that alternate: the first two are one.
    expect(asked().length).toBe(3);
    const items = await client(1).conversations.items.list(id, { order: "asc", limit: 50 });
    expect(items.data.map((item) => (item.type === "message" ? item.role : item.type))).toEqual([
      "user",
      "user",
      "assistant",
      "user",
      "assistant",
    ]);
    expect(await client(1).conversations.retrieve(id)).toMatchObject({ metadata: { topic: "x" } });
    expect(await client(1).conversations.delete(id)).toMatchObject({ deleted: true });
    expect(await thrownBy(client(0).conversations.retrieve(id))).toMatchObject({ status: 404 });
  });
});
