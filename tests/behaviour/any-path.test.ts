import { afterAll, expect, test } from "bun:test";
import { startBackend } from "#tests/support/backend.ts";
import { startGateway } from "#tests/support/gateway.ts";

const SECRET = "upstream-secret-0123456789";
const backend = startBackend(async (request) => {
  const { pathname, search } = new URL(request.url);
  const seen = {
    method: request.method,
    path: pathname + search,
    key: request.headers.get("authorization"),
    text: await request.text(),
  };
  return Response.json(seen, { status: 201, headers: { "x-of-the-provider": "yes" } });
});
const gateway = await startGateway({
  config: {
    admin: { port: 0 },
    consumers: [{ name: "alice", credentials: ["alice-key"] }],
    providers: [
      { id: "any", type: "generic", apiTokens: [SECRET], baseUrl: `http://${backend.address}/v1` },
      { id: "asis", type: "claude", protocol: "original", apiTokens: [SECRET], baseUrl: `http://${backend.address}` },
    ],
    routes: [
      { name: "asis", match: { path: { prefix: "/asis" } }, ai: { upstreams: [{ provider: "asis" }] } },
      { name: "any", ai: { upstreams: [{ provider: "any" }] } },
    ],
  },
});
const authorization = "Bearer alice-key";
afterAll(async () => {
  await gateway.stop();
  await backend.close();
});

test("a path of no known API goes to a provider that takes any, with its key in place of the client's", async () => {
  const init = { method: "POST", body: "not json", headers: { authorization } };
  const response = await fetch(`${gateway.origin}/v1/rerank?a=1`, init);
  expect(response.status).toBe(201);
  expect(response.headers.get("x-of-the-provider")).toBe("yes");
  expect(response.headers.get("x-request-id")).not.toBeNull();
  expect(await response.json()).toEqual({
    method: "POST",
    path: "/v1/rerank?a=1",
    key: `Bearer ${SECRET}`,
    text: "not json",
  });
});

test("a key in the query stays here", async () => {
  const response = await fetch(`${gateway.origin}/v1/things?key=alice-key&b=2`);
  expect(await response.json()).toMatchObject({ method: "GET", path: "/v1/things?b=2" });
});

test("other providers have no such paths", async () => {
  const response = await fetch(`${gateway.origin}/asis/v1/things`, { headers: { authorization } });
  expect(response.status).toBe(404);
});

test("protocol: original never converts", async () => {
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }] });
  const init = { method: "POST", body, headers: { authorization, "content-type": "application/json" } };
  const response = await fetch(`${gateway.origin}/asis/v1/chat/completions`, init);
  expect(response.status).toBe(404);
  expect(JSON.stringify(await response.json())).toContain("protocol: original");
});

test("a path no API has is told of in the client's shape", async () => {
  const response = await fetch(`${gateway.origin}/asis/v1/embeddings`, { method: "POST", headers: { authorization } });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error", code: expect.any(String) } });
});
