import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { JsonObject } from "#src/core/json.ts";
import { WAYS } from "#tests/support/ask.ts";
import type { FakeUpstream } from "#tests/support/fake-upstream.ts";
import { gate } from "#tests/support/gate.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";
import { failing, text } from "#tests/support/upstream/script.ts";

/** A failed key rests, so each test has a provider that no other test has used. */
const NAMES = Array.from({ length: 40 }, (_, index) => `p${index}`);
const keysOf = (id: string): string[] => ["first", "second", "third"].map((ordinal) => `${ordinal}-key-of-${id}`);

function configOf(upstream: FakeUpstream): JsonObject {
  const openai = NAMES.map((id) => ({
    id,
    type: "openai",
    apiTokens: keysOf(id),
    baseUrl: `${upstream.origin}/openai/v1`,
    failover: { enabled: true, cooldown: "60s" },
  }));
  const spare = {
    id: "spare",
    type: "claude",
    apiTokens: ["spare-key"],
    baseUrl: `${upstream.origin}/claude`,
    failover: { enabled: false },
  };
  const single = {
    id: "single",
    type: "openai",
    apiTokens: ["single-key"],
    baseUrl: `${upstream.origin}/openai/v1`,
  };
  const dead = { id: "dead", type: "openai", apiTokens: ["dead-key"], baseUrl: "http://127.0.0.1:1/v1" };
  const fallback = {
    upstreams: [{ provider: "spare", model: "spare-model" }],
    strategy: "sequence",
    responseCodes: ["429", "5xx"],
  };
  return {
    providers: [...openai, spare, dead, single],
    routes: [
      ...NAMES.map((id) => ({
        name: id,
        match: { models: [`${id}/*`] },
        ai: { upstreams: [{ provider: id, model: "m" }] },
      })),
      ...NAMES.map((id) => ({
        name: `${id}-with-fallback`,
        match: { models: [`with-fallback-${id}/*`] },
        ai: { upstreams: [{ provider: id, model: "m" }], fallback },
      })),
      {
        name: "again",
        match: { models: ["again/*"] },
        ai: { upstreams: [{ provider: "single", model: "m" }], retry: { attempts: 2, on: [503] }, fallback },
      },
      { name: "dead", match: { models: ["dead/*"] }, ai: { upstreams: [{ provider: "dead" }], fallback } },
    ],
  };
}

const stage = await openStage(configOf);
const { upstream, openai, claude } = stage;
const messages = [{ role: "user" as const, content: "Hi" }];
const fresh = NAMES.values();

function provider(): string {
  const { value } = fresh.next();
  if (value === undefined) throw new Error("more tests than providers");
  return value;
}

/** The ordinals of the keys the provider was asked with, oldest first. */
function keysUsed(id: string): string[] {
  return upstream.requests.map(({ key = "" }) => key).filter((key) => key.endsWith(`-of-${id}`));
}

describe("a route with retries", () => {
  const asked = (): (string | undefined)[] => upstream.requests.map(({ key }) => key);
  const answered = async (): Promise<string | null | undefined> =>
    (await openai.chat.completions.create({ model: "again/x", messages })).choices[0]?.message.content;

  test("asks an upstream again that failed as it says", async () => {
    for (const reply of [failing(503), failing(503), text("at last")]) upstream.reply(reply);
    expect(await answered()).toBe("at last");
    expect(asked()).toEqual(["single-key", "single-key", "single-key"]);
  });

  test("goes on to the fallback after the last of them", async () => {
    upstream.serve(({ key }) => (key === "spare-key" ? text("from the spare") : failing(503)));
    expect(await answered()).toBe("from the spare");
    expect(asked()).toEqual(["single-key", "single-key", "single-key", "spare-key"]);
  });

  test("asks nobody again after another failure", async () => {
    upstream.serve(({ key }) => (key === "spare-key" ? text("from the spare") : failing(500)));
    expect(await answered()).toBe("from the spare");
    expect(asked()).toEqual(["single-key", "spare-key"]);
  });
});

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

describe.each(WAYS)("%s", (_name, streamed) => {
  test.each([401, 402, 403, 429, 500, 502, 503, 529])("the next key is tried after %d", async (status) => {
    const id = provider();
    upstream.reply(failing(status));
    upstream.reply(text("from the second"));
    const answer = await openai.chat.completions.create({ model: `${id}/x`, messages, stream: streamed });
    if (Symbol.asyncIterator in answer) await Array.fromAsync(answer);
    expect(new Set(keysUsed(id)).size).toBe(2);
    expect(upstream.requests).toHaveLength(2);
  });
});

test("a request that is at fault itself is not tried again", async () => {
  const id = provider();
  upstream.reply(failing(400));
  expect(await thrownBy(openai.chat.completions.create({ model: `${id}/x`, messages }))).toBeInstanceOf(
    OpenAI.BadRequestError,
  );
  expect(upstream.requests).toHaveLength(1);
});

test("a key that was told to wait is left alone by the next requests", async () => {
  const id = provider();
  upstream.reply(failing(429, { headers: { "retry-after": "60" } }));
  await openai.chat.completions.create({ model: `${id}/x`, messages });
  const [limited = ""] = keysUsed(id);
  upstream.reset();
  for (let turn = 0; turn < 6; turn++) await openai.chat.completions.create({ model: `${id}/x`, messages });
  expect(keysUsed(id)).toHaveLength(6);
  expect(keysUsed(id)).not.toContain(limited);
});

test("keys are used in turn", async () => {
  const id = provider();
  for (let turn = 0; turn < 6; turn++) await openai.chat.completions.create({ model: `${id}/x`, messages });
  const counts = keysOf(id).map((key) => keysUsed(id).filter((used) => used === key).length);
  expect(counts).toEqual([2, 2, 2]);
});

test("when every key failed the last answer is the client's", async () => {
  const id = provider();
  upstream.serve(failing(429, { message: "all limited", headers: { "retry-after": "60" } }));
  const thrown = await thrownBy(openai.chat.completions.create({ model: `${id}/x`, messages }));
  expect(thrown).toBeInstanceOf(OpenAI.RateLimitError);
  expect(upstream.requests).toHaveLength(3);
});

test("with every key at rest nobody is asked, and the client is told when to come back", async () => {
  const id = provider();
  upstream.serve(failing(429, { headers: { "retry-after": "60" } }));
  await thrownBy(openai.chat.completions.create({ model: `${id}/x`, messages }));
  upstream.reset();
  const thrown = await thrownBy(claude.messages.create({ model: `${id}/x`, max_tokens: 5, messages }));
  if (!(thrown instanceof Anthropic.APIError)) throw thrown;
  // The reason the keys rest: clients know what to do with a rate limit.
  expect(thrown.status).toBe(429);
  expect(Number(thrown.headers?.get("retry-after"))).toBeWithin(1, 61);
  expect(upstream.requests).toEqual([]);
});

describe.each(WAYS)("the fallback, %s", (_name, streamed) => {
  test("answers when the first choice has no key left, in the client's protocol", async () => {
    const id = provider();
    for (const key of keysOf(id)) upstream.serve(failing(429), { key });
    upstream.serve(text("from the spare"), { key: "spare-key" });
    const params = { model: `with-fallback-${id}/x`, messages };
    const answer = streamed
      ? await openai.chat.completions.stream(params).finalChatCompletion()
      : await openai.chat.completions.create(params);
    expect(answer.choices[0]?.message.content).toBe("from the spare");
    expect(upstream.last).toMatchObject({ path: "/v1/messages", model: "spare-model", key: "spare-key" });
  });

  test("answers when the first choice cannot be reached", async () => {
    upstream.serve(text("from the spare"));
    const params = { model: "dead/x", max_tokens: 50, messages };
    const answer = streamed
      ? await claude.messages.stream(params).finalMessage()
      : await claude.messages.create(params);
    expect(answer.content).toMatchObject([{ type: "text", text: "from the spare" }]);
  });
});

test("a status the fallback is not for stays the client's", async () => {
  const id = provider();
  upstream.reply(failing(400));
  expect(await thrownBy(openai.chat.completions.create({ model: `with-fallback-${id}/x`, messages }))).toBeInstanceOf(
    OpenAI.BadRequestError,
  );
  expect(upstream.requests).toHaveLength(1);
});

/** Far enough for the frames before the gate, and not for those after it. */
const cutLater = { cutAfterBytes: 1000 };

describe("after the first byte nobody else is asked", () => {
  test("and OpenAI's client gets an error event", async () => {
    const id = provider();
    const begun = gate();
    upstream.reply(text("one two three four five six", { ...cutLater, hold: { afterFrames: 3, until: begun.opened } }));
    const stream = await openai.chat.completions.create({ model: `with-fallback-${id}/x`, messages, stream: true });
    let said = "";
    const reading = (async () => {
      for await (const chunk of stream) {
        said += chunk.choices[0]?.delta.content ?? "";
        begun.open();
      }
    })();
    expect(await thrownBy(reading)).toBeInstanceOf(OpenAI.APIError);
    expect(said).toStartWith("one");
    expect(upstream.requests).toHaveLength(1);
  });

  test("and Anthropic's client gets one", async () => {
    const id = provider();
    const begun = gate();
    upstream.reply(text("one two three four five six", { ...cutLater, hold: { afterFrames: 3, until: begun.opened } }));
    const stream = await claude.messages.create({
      model: `with-fallback-${id}/x`,
      max_tokens: 50,
      messages,
      stream: true,
    });
    const reading = (async () => {
      for await (const _event of stream) begun.open();
    })();
    expect(await thrownBy(reading)).toBeInstanceOf(Anthropic.APIError);
    expect(upstream.requests).toHaveLength(1);
  });
});
