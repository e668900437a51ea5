import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { deafServer } from "#tests/support/deaf-server.ts";
import { BOTH, providerOf } from "#tests/support/kinds.ts";
import { never } from "#tests/support/gate.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";
import { within } from "#tests/support/until.ts";
import { text } from "#tests/support/upstream/script.ts";

// Each deadline has a provider for which it alone is short, so that no test can be met by another one's.
const SHORT = ["firstByte", "idle", "total"] as const;

const stage = await openStage((upstream) => ({
  providers: BOTH.map((kind) => providerOf(kind, upstream, { failover: { enabled: false } })),
  routes: SHORT.flatMap((deadline) =>
    BOTH.map(({ type }) => ({
      name: `${deadline}-${type}`,
      match: { models: [`${deadline}/${type}`] },
      ai: { upstreams: [{ provider: type }], timeouts: { [deadline]: "150ms" } },
    })),
  ),
}));
const { upstream, openai, claude, gateway } = stage;
const messages = [{ role: "user" as const, content: "Hi" }];

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

async function faultOf(answer: { readonly headers: Headers }): Promise<unknown> {
  return (await gateway.logOf(answer)).fault;
}

describe.each(BOTH.map((kind) => [kind.type] as const))("a %s provider that", (type) => {
  describe.each([false, true])("streamed: %p", (streamed) => {
    test("sends no headers meets the first-byte deadline", async () => {
      upstream.serve(text("late", { beforeHeaders: never }));
      const response = await stage.post("/v1/chat/completions", {
        model: `firstByte/${type}`,
        messages,
        stream: streamed,
      });
      expect(response.status).toBe(504);
      expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
      expect(await faultOf(response)).toBe("first_byte_timeout");
      await within("the upstream's abort", upstream.last.aborted);
    });

    test("meets it in Claude's shape as well", async () => {
      upstream.serve(text("late", { beforeHeaders: never }));
      const thrown = await thrownBy(
        claude.messages.create({ model: `firstByte/${type}`, max_tokens: 5, messages, stream: streamed }),
      );
      expect(thrown).toBeInstanceOf(Anthropic.APIError);
      expect(thrown).toMatchObject({ status: 504, error: { type: "error" } });
    });

    test("takes too long for the whole answer meets the total deadline", async () => {
      upstream.serve(text("one two three", { hold: { afterFrames: 1, until: never } }));
      const response = await stage.post("/v1/chat/completions", { model: `total/${type}`, messages, stream: streamed });
      const body = await response.text();
      expect(response.status).toBe(streamed ? 200 : 504);
      expect(body).toContain("error");
      expect(await faultOf(response)).toBe("total_timeout");
      await within("the upstream's abort", upstream.last.aborted);
    });
  });

  test("falls silent in the middle of a stream meets the idle deadline as OpenAI's error event", async () => {
    upstream.serve(text("one two three", { hold: { afterFrames: 4, until: never } }));
    const { data: stream, response } = await openai.chat.completions
      .create({ model: `idle/${type}`, messages, stream: true })
      .withResponse();
    expect(await thrownBy(Array.fromAsync(stream))).toBeInstanceOf(OpenAI.APIError);
    expect(await faultOf(response)).toBe("idle_timeout");
    await within("the upstream's abort", upstream.last.aborted);
  });

  test("and as Claude's", async () => {
    upstream.serve(text("one two three", { hold: { afterFrames: 4, until: never } }));
    const stream = await claude.messages.create({ model: `idle/${type}`, max_tokens: 5, messages, stream: true });
    expect(await thrownBy(Array.fromAsync(stream))).toBeInstanceOf(Anthropic.APIError);
  });
});

test("a whole answer that stops in the middle meets the idle deadline", async () => {
  upstream.serve(text("one two three", { hold: { afterFrames: 1, until: never } }));
  const response = await stage.post("/v1/chat/completions", { model: "idle/openai", messages });
  expect(response.status).toBe(504);
  expect(await faultOf(response)).toBe("idle_timeout");
});

test("so does a stream that nobody asked for", async () => {
  async function* stalling(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}\n\n',
    );
    await never;
  }
  upstream.serve({ body: stalling(), contentType: "text/event-stream" });
  const response = await stage.post("/v1/chat/completions", { model: "idle/openai", messages });
  expect(response.status).toBe(504);
  expect(await faultOf(response)).toBe("idle_timeout");
});

test("an address that accepts no connection meets the connect deadline", async () => {
  const deaf = await deafServer();
  const other = await openStage(() => ({
    providers: [{ id: "deaf", type: "openai", apiTokens: ["k"], baseUrl: `${deaf.origin}/v1` }],
    routes: [{ name: "deaf", ai: { upstreams: [{ provider: "deaf" }], timeouts: { connect: "150ms" } } }],
  }));
  try {
    const response = await other.post("/v1/chat/completions", { model: "m", messages });
    expect(response.status).toBe(504);
    expect((await other.gateway.logOf(response)).fault).toBe("connect_timeout");
  } finally {
    await other.close();
    deaf.close();
  }
});
