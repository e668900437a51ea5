import { expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { EventReader, initialize, postLegacy, postModern } from "#tests/support/mcp-ask.ts";
import { EverythingServer } from "#tests/support/mcp-everything.ts";
import { mcpStage } from "#tests/support/mcp-stage.ts";
import { until } from "#tests/support/until.ts";

/** A server whose tool fails by itself, at once or a little later. */
class Failing extends EverythingServer {
  override handle({ params }: { readonly params: JsonObject }): Promise<JsonObject> | JsonObject {
    const result = { content: [], isError: true };
    return params["name"] === "later" ? Promise.resolve(result) : result;
  }
}

const call = (name: string): JsonObject => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: {} },
});

test.each(["now", "later"])("a tool's own failure (%s) is in the record, with the client's revision", async (name) => {
  await using stage = await mcpStage({ servers: { one: new Failing() } });
  const url = stage.url("one");
  const session = await initialize(url, "2025-06-18");
  expect(stage.records.at(-1)?.mcp).toEqual({ server: "one", method: "initialize", version: "2025-06-18" });
  const told = { server: "one", method: "tools/call", tool: name, toolError: true } as const;
  await (await postLegacy(url, call(name), session)).text();
  expect(stage.records.at(-1)?.mcp).toEqual({ ...told, version: "2025-06-18" });
  await (await postModern(url, "tools/call", { name, arguments: {} })).text();
  expect(stage.records.at(-1)?.mcp).toEqual({ ...told, version: "2026-07-28" });
});

test("prompts are told, and what is no message", async () => {
  await using stage = await mcpStage({ servers: { one: new EverythingServer() } });
  await (await postModern(stage.url("one"), "prompts/get", { name: "greet" })).text();
  expect(stage.records.at(-1)?.mcp).toMatchObject({ method: "prompts/get", prompt: "greet", error: -32601 });
  await (await postLegacy(stage.url("one"), 7)).text();
  expect(stage.records.at(-1)?.mcp).toEqual({ server: "one", version: "2025-03-26", error: -32600 });
});

test("sessions and streams are counted while they last, and a session's end is told once", async () => {
  const clock = new FakeClock();
  await using stage = await mcpStage({ servers: { one: new EverythingServer() }, clock });
  const { gateway, sessionEnds } = stage;
  const url = stage.url("one");
  const session = await initialize(url);
  await initialize(url);
  expect(gateway.activeMcp).toEqual({ sessions: 2, streams: 0 });
  const stream = await fetch(url, { headers: { ...session, accept: "text/event-stream" } });
  const reader = new EventReader(stream);
  await until("it is counted", () => gateway.activeMcp.streams === 1);
  clock.advance(2500);
  await fetch(url, { method: "DELETE", headers: session });
  await reader.rest();
  expect(gateway.activeMcp).toEqual({ sessions: 1, streams: 0 });
  expect(sessionEnds).toEqual([{ server: "one", version: "2025-11-25", seconds: 2.5 }]);
});

test("a stream whose client leaves is over", async () => {
  await using stage = await mcpStage({ servers: { one: new EverythingServer() } });
  const url = stage.url("one");
  const stream = await fetch(url, { headers: { ...(await initialize(url)), accept: "text/event-stream" } });
  const reader = new EventReader(stream);
  await until("it is counted", () => stage.gateway.activeMcp.streams === 1);
  await reader.close();
  await until("it is counted", () => stage.gateway.activeMcp.streams === 0);
  expect(stage.gateway.activeMcp.sessions).toBe(1);
});

test("a session that is idle for too long is over without a word; one that is used is not", async () => {
  const clock = new FakeClock();
  await using stage = await mcpStage({ servers: { one: new EverythingServer() }, clock });
  const url = stage.url("one");
  await initialize(url);
  const used = await initialize(url);
  clock.advance(20 * 60_000);
  await (await postLegacy(url, { jsonrpc: "2.0", id: 2, method: "ping" }, used)).text();
  clock.advance(11 * 60_000);
  await until("it is counted", () => stage.sessionEnds.length === 1);
  expect(stage.gateway.activeMcp.sessions).toBe(1);
  expect(stage.sessionEnds[0]?.seconds).toBeWithin(30 * 60, 31 * 60 + 1);
});
