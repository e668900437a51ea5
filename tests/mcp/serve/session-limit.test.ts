import { expect, test } from "bun:test";
import { initialize, postLegacy } from "#tests/support/mcp-ask.ts";
import { EverythingServer } from "#tests/support/mcp-everything.ts";
import { mcpStage } from "#tests/support/mcp-stage.ts";

const asked = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
};

test("who has as many sessions as a consumer may is refused another, until one ends", async () => {
  const config = {
    consumers: ["alice", "bob"].map((name) => ({ name, credentials: [`key-of-${name}`] })),
  };
  const fields = { session: { perConsumer: 2 } };
  await using stage = await mcpStage({ servers: { all: new EverythingServer() }, config, fields });
  const url = stage.url("all");
  const begin = (name: string): Promise<Response> => postLegacy(url, asked, { authorization: `Bearer key-of-${name}` });
  const first = await begin("alice");
  expect([first.status, (await begin("alice")).status]).toEqual([200, 200]);
  const refused = await begin("alice");
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining("too many sessions") } });
  const authorization = "Bearer key-of-alice";
  const stream = await fetch(new URL(`${url.pathname}/sse`, url), { headers: { authorization } });
  expect(stream.status).toBe(429);
  expect((await begin("bob")).status).toBe(200);
  const ended = await fetch(url, {
    method: "DELETE",
    headers: { authorization, "mcp-session-id": first.headers.get("mcp-session-id") ?? "" },
  });
  expect(ended.status).toBe(204);
  expect([(await begin("alice")).status, (await begin("alice")).status]).toEqual([200, 429]);
});

test("without a limit there is none", async () => {
  await using stage = await mcpStage({ servers: { all: new EverythingServer() } });
  for (let n = 0; n < 5; n++) await initialize(stage.url("all"), "2025-11-25");
});
