import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { BOTH, providerOf, routeOf } from "#tests/support/kinds.ts";
import { claudeClient, openaiClient, openStage, thrownBy } from "#tests/support/stage.ts";

const ALICE = "alice-key-0123456789";
const BOB = "bob-key-9876543210";

const stage = await openStage(
  (upstream) => ({
    consumers: [
      { name: "alice", credentials: ["${env:ALICE_KEY}"] },
      { name: "bob", credentials: [`sha256:${createHash("sha256").update(BOB).digest("hex")}`] },
    ],
    providers: BOTH.map((kind) => providerOf(kind, upstream)),
    routes: [
      ...BOTH.map((kind) => routeOf(kind)),
      { name: "open", match: { models: ["open/*"] }, public: true, ai: { upstreams: [{ provider: "openai" }] } },
    ],
  }),
  { env: { ALICE_KEY: ALICE } },
);
const { upstream, gateway } = stage;
const messages = [{ role: "user" as const, content: "Hi" }];
const body = JSON.stringify({ model: "openai/x", messages });

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

function ask(headers: Record<string, string>, query = ""): Promise<Response> {
  return fetch(`${gateway.origin}/v1/chat/completions${query}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

const PLACES: readonly (readonly [place: string, ask: (key: string) => Promise<Response>])[] = [
  ["Authorization: Bearer", (key) => ask({ authorization: `Bearer ${key}` })],
  ["x-api-key", (key) => ask({ "x-api-key": key })],
  ["x-goog-api-key", (key) => ask({ "x-goog-api-key": key })],
  ["api-key", (key) => ask({ "api-key": key })],
  ["?key=", (key) => ask({}, `?key=${key}`)],
];

describe.each(PLACES)("a key in %s", (_place, askWith) => {
  test.each([
    ["alice", ALICE],
    ["bob", BOB],
  ])("lets %s in and stays here", async (name, key) => {
    const response = await askWith(key);
    expect(response.status).toBe(200);
    expect(await gateway.logOf(response)).toMatchObject({ consumer: name });
    expect(JSON.stringify(upstream.last.headers) + upstream.last.url).not.toContain(key);
  });

  test("that is not known lets nobody in", async () => {
    const response = await askWith("unknown-key-in-use");
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain("unknown-key-in-use");
    expect(upstream.requests).toEqual([]);
  });
});

test("without a key each client gets its own authentication error", async () => {
  const openai = openaiClient(gateway, "wrong");
  expect(await thrownBy(openai.chat.completions.create({ model: "openai/x", messages }))).toBeInstanceOf(
    OpenAI.AuthenticationError,
  );
  const claude = claudeClient(gateway, "wrong");
  const thrown = await thrownBy(claude.messages.create({ model: "claude/x", max_tokens: 5, messages }));
  expect(thrown).toBeInstanceOf(Anthropic.AuthenticationError);
  expect((await ask({})).status).toBe(401);
});

test("the list of models is closed as well", async () => {
  expect((await fetch(`${gateway.origin}/v1/models`)).status).toBe(401);
  expect((await openaiClient(gateway, ALICE).models.list()).object).toBe("list");
});

test("a public route is open", async () => {
  const response = await fetch(`${gateway.origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "open/x", messages }),
  });
  expect(response.status).toBe(200);
});

test("no key is in anything the process wrote", () => {
  for (const key of [ALICE, BOB, "unknown-key-in-use"]) expect(gateway.output).not.toContain(key);
});
