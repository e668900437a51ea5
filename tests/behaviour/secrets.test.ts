import { afterAll, beforeEach, expect, test } from "bun:test";
import { BOTH, KINDS, providerOf, routeOf, secretOf } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { anthropicFrame } from "#tests/support/upstream/anthropic-answer.ts";
import { endingWith } from "#tests/support/upstream/edits.ts";
import { failing, type Script, text } from "#tests/support/upstream/script.ts";

const CLIENT = "sk-client-secret-0123456789";

/** A key of no vendor's form, as Azure's and self-made ones are. */
const PLAIN = "of-no/form+known=";

const stage = await openStage((upstream) => ({
  consumers: [{ name: "alice", credentials: [CLIENT] }],
  providers: [
    ...KINDS.map((kind) => providerOf(kind, upstream, { failover: { enabled: false } })),
    { id: "gone", type: "openai", apiTokens: [secretOf("gone")], baseUrl: "http://127.0.0.1:1/v1" },
    ...BOTH.map((kind) => ({
      ...providerOf(kind, upstream, { failover: { enabled: false } }),
      id: `plain-${kind.type}`,
      apiTokens: [PLAIN],
    })),
  ],
  routes: [
    ...KINDS.map((kind) => routeOf(kind)),
    { name: "gone", match: { models: ["gone/*"] }, ai: { upstreams: [{ provider: "gone" }] } },
    ...BOTH.map(({ type }) => ({
      name: `plain-${type}`,
      match: { models: [`plain-${type}/*`] },
      ai: { upstreams: [{ provider: `plain-${type}` }] },
    })),
  ],
}));
const { upstream, gateway } = stage;
const authorized = { authorization: `Bearer ${CLIENT}`, "x-api-key": CLIENT };
const secrets = [CLIENT, ...["gone", ...KINDS.map(({ type }) => type)].map((id) => secretOf(id))];

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

const errorFrames: Readonly<Record<string, (key: string) => string>> = {
  openai: (key) => `data: {"error":{"message":"bad ${key}","type":"server_error"}}\n\n`,
  claude: (key) => anthropicFrame("error", { error: { type: "api_error", message: `bad ${key}` } }),
};

/** Answers of providers that repeat the key they were asked with. */
const TELLTALES: readonly (readonly [name: string, script: (key: string, type: string) => Script])[] = [
  [
    "an authentication error",
    (key) => failing(401, { message: `Incorrect API key provided: ${key}.`, code: "invalid_api_key" }),
  ],
  ["a server error", (key) => failing(500, { message: `proxy said: Authorization: Bearer ${key}` })],
  ["a page", (key) => ({ status: 500, body: `<html>${key}</html>`, contentType: "text/html" })],
  ["garbage", (key) => ({ body: `not json ${key}`, contentType: "text/plain" })],
  ["an error in a stream", (key, type) => text("one two", { edit: endingWith(2, errorFrames[type]?.(key) ?? "") })],
];

test.each(TELLTALES)("%s that repeats the key does not show it", async (_name, script) => {
  for (const { type } of BOTH) {
    upstream.serve(script(secretOf(type), type));
    for (const path of ["/v1/chat/completions", "/v1/messages"]) {
      for (const stream of [false, true]) {
        const body = { model: `${type}/x`, max_tokens: 5, stream, messages: [{ role: "user", content: "Hi" }] };
        const response = await stage.post(path, body, { headers: authorized });
        const shown = JSON.stringify([...response.headers]) + (await response.text());
        for (const secret of secrets) expect(shown).not.toContain(secret);
      }
    }
  }
});

const PLAIN_TELLTALES: readonly (readonly [name: string, script: Script])[] = [
  [
    "an error with status 200",
    { body: JSON.stringify({ error: { message: `bad ${PLAIN}`, code: PLAIN, param: PLAIN } }) },
  ],
  ["an error's type and code", failing(400, { message: "no", type: PLAIN, code: PLAIN })],
  [
    "a named error in a stream",
    text("one two", { edit: endingWith(2, `event: error\ndata: ${JSON.stringify({ message: `bad ${PLAIN}` })}\n\n`) }),
  ],
  [
    "an escaped key in a stream",
    text("one two", {
      edit: endingWith(2, `data: {"error":{"message":"bad ${PLAIN.replace("/", "\\/")}","code":"${PLAIN}"}}\n\n`),
    }),
  ],
];

test.each(PLAIN_TELLTALES)("%s does not show a key that looks like none", async (_name, script) => {
  for (const { type } of BOTH) {
    for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/responses"]) {
      for (const stream of [false, true]) {
        upstream.serve(script);
        const asked = path === "/v1/responses" ? { input: "Hi" } : { messages: [{ role: "user", content: "Hi" }] };
        const body = { model: `plain-${type}/x`, max_tokens: 5, stream, ...asked };
        const shown = await (await stage.post(path, body, { headers: authorized })).text();
        expect(shown).not.toContain("of-no");
        if (stream) expect(shown).toContain("error");
      }
    }
  }
});

test("the client's key reaches no provider", async () => {
  for (const { type } of KINDS) {
    for (const path of ["/v1/chat/completions", "/v1/messages"]) {
      const body = { model: `${type}/x`, max_tokens: 5, messages: [{ role: "user", content: "Hi" }] };
      await (await stage.post(path, body, { headers: { ...authorized, "x-goog-api-key": CLIENT } })).text();
      expect(JSON.stringify(upstream.last.headers) + upstream.last.url).not.toContain(CLIENT);
      expect(JSON.stringify(upstream.last.headers)).toContain(secretOf(type));
    }
  }
});

test("cookies and the like of the client stay here", async () => {
  const headers = {
    ...authorized,
    cookie: "session=abc",
    "x-forwarded-for": "10.0.0.1",
    "proxy-authorization": "Basic eA==",
  };
  await (
    await stage.post(
      "/v1/chat/completions",
      { model: "openai/x", messages: [{ role: "user", content: "Hi" }] },
      { headers },
    )
  ).text();
  expect(upstream.last.headers).not.toHaveProperty("cookie");
  expect(upstream.last.headers).not.toHaveProperty("proxy-authorization");
});

test("no secret is in anything the process wrote", async () => {
  const body = { model: "gone/x", messages: [{ role: "user", content: "Hi" }] };
  const response = await stage.post("/v1/chat/completions", body, { headers: authorized });
  await gateway.logOf(response);
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  for (const secret of secrets) expect(gateway.output + metrics).not.toContain(secret);
});
