import { afterAll, expect, test } from "bun:test";
import { exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import type { JsonObject } from "#src/core/json.ts";
import { startGateway } from "#tests/support/gateway.ts";

/** Vertex as far as it is needed here: its token server, Gemini and Claude. Formats: see tests/providers/vertex.test.ts. */
const pair = await generateKeyPair("RS256", { extractable: true });
const asked: { path: string; authorization: string | null; body: JsonObject }[] = [];
let exchanges = 0;

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const text = await request.text();
    if (pathname === "/token") return exchanged(text);
    asked.push({ path: pathname, authorization: request.headers.get("authorization"), body: JSON.parse(text) });
    return Response.json(pathname.includes("/anthropic/") ? CLAUDE : GEMINI);
  },
});

async function exchanged(form: string): Promise<Response> {
  const assertion = new URLSearchParams(form).get("assertion") ?? "";
  const { payload } = await jwtVerify(assertion, pair.publicKey);
  exchanges++;
  return Response.json({ access_token: `ya29.${payload.iss}`, expires_in: 3600, token_type: "Bearer" });
}

const GEMINI = {
  candidates: [{ content: { role: "model", parts: [{ text: "Hello." }] }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 100, totalTokenCount: 1100 },
  modelVersion: "gemini-2.5-flash",
};
const CLAUDE = {
  id: "msg_vrtx_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "Hello." }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1000, output_tokens: 100 },
};

const gateway = await startGateway({
  config: {
    listeners: [{ port: 0 }],
    admin: { port: 0 },
    providers: [
      {
        id: "cloud",
        type: "vertex",
        baseUrl: `http://127.0.0.1:${server.port}`,
        vertexRegion: "global",
        geminiThinkingBudget: 0,
        vertexAuthKey: JSON.stringify({
          type: "service_account",
          project_id: "p1",
          client_email: "sluice@p1",
          private_key: await exportPKCS8(pair.privateKey),
          token_uri: `http://127.0.0.1:${server.port}/token`,
        }),
      },
    ],
    routes: [{ name: "all", match: { path: { prefix: "/" } }, ai: { upstreams: [{ provider: "cloud" }] } }],
  },
});

afterAll(async () => {
  await gateway.stop();
  await server.stop(true);
});

async function chat(model: string): Promise<Response> {
  return fetch(`${gateway.origin}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi." }] }),
  });
}

const ROOT = "/v1/projects/p1/locations/global/publishers";

test("an OpenAI client reaches Gemini and Claude with one token of the key's, and the costs are told", async () => {
  const answers = await Promise.all([chat("gemini-2.5-flash"), chat("claude-sonnet-4-5@20250929")]);
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: "Hello." } }] });
  }
  expect(asked.toSorted((a, b) => a.path.localeCompare(b.path))).toMatchObject([
    {
      path: `${ROOT}/anthropic/models/claude-sonnet-4-5@20250929:rawPredict`,
      authorization: "Bearer ya29.sluice@p1",
      body: { anthropic_version: "vertex-2023-10-16", messages: [{ role: "user" }] },
    },
    {
      path: `${ROOT}/google/models/gemini-2.5-flash:generateContent`,
      authorization: "Bearer ya29.sluice@p1",
      body: { contents: [{ role: "user" }], generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
    },
  ]);
  expect(asked.every(({ body }) => !("model" in body))).toBe(true);
  expect(exchanges).toBe(1);
  const costs = await Promise.all(answers.map(async (answer) => (await gateway.logOf(answer)).cost_usd));
  // Dollars for a million tokens: 0.3 and 2.5 at Google, 3 and 15 for Claude.
  expect(costs).toEqual([0.00055, 0.0045]);
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  expect(metrics).toContain(
    'sluice_cost_usd_total{provider="cloud",model="gemini-2.5-flash",route="all",consumer=""} 0.00055',
  );
  expect(gateway.output).not.toMatch(/PRIVATE KEY|ya29/);
});
