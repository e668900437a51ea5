import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { Store } from "#src/core/store.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { EventReader, initialize, postLegacy, postModern } from "#tests/support/mcp-ask.ts";
import { EverythingServer } from "#tests/support/mcp-everything.ts";
import { type McpStage, mcpStage } from "#tests/support/mcp-stage.ts";

/** Two gateways on one store, as two replicas on one Redis are; tests/mcp/sessions has them as processes. */
let store: Store;
let [first, second]: [McpStage | undefined, McpStage | undefined] = [undefined, undefined];
let [a, b] = [new URL("http://a"), new URL("http://b")];

beforeAll(async () => {
  store = createMemoryStore();
  // What one closes must not be closed for the other.
  const shared: Store = { ...store, close: async () => {} };
  first = await mcpStage({ servers: { all: new EverythingServer() }, store: shared });
  second = await mcpStage({ servers: { all: new EverythingServer() }, store: shared });
  [a, b] = [first.url("all"), second.url("all")];
});

afterAll(async () => {
  await first?.[Symbol.asyncDispose]();
  await second?.[Symbol.asyncDispose]();
  await store.close();
});

const capabilities = { elicitation: {}, roots: {} };
const jsonOf = async (response: Response): Promise<JsonObject> => (await response.json()) as JsonObject;

describe("a call of a stateless client that waits for input", () => {
  const params = { name: "ask", arguments: {} };

  async function asked(): Promise<{ answers: JsonObject; state: JsonObject[string] }> {
    const { result } = await jsonOf(await postModern(a, "tools/call", params, { capabilities }));
    const { inputRequests, requestState = null } = isObject(result) ? result : {};
    const keys = Object.keys(isObject(inputRequests) ? inputRequests : {});
    const answers = Object.fromEntries(keys.map((key) => [key, { roots: [], action: key }]));
    return { answers, state: requestState };
  }

  test("goes on with what comes to another replica", async () => {
    const { answers, state } = await asked();
    const retry = { ...params, inputResponses: answers, requestState: state };
    const answer = await jsonOf(await postModern(b, "tools/call", retry, { capabilities }));
    expect(answer).toMatchObject({ id: 1, result: { resultType: "complete", content: [{ type: "text" }] } });
    const again = await jsonOf(await postModern(b, "tools/call", retry, { capabilities }));
    expect(again).toMatchObject({ error: { code: -32602 } });
  });

  test("asks again, wherever the half of an answer came", async () => {
    const { answers, state } = await asked();
    const half = {
      ...params,
      inputResponses: Object.fromEntries(Object.entries(answers).slice(1)),
      requestState: state,
    };
    const { result } = await jsonOf(await postModern(b, "tools/call", half, { capabilities }));
    expect(result).toMatchObject({ resultType: "input_required" });
    const next = isObject(result) ? (result["requestState"] ?? null) : null;
    const rest = { ...params, inputResponses: answers, requestState: next };
    expect(await jsonOf(await postModern(a, "tools/call", rest, { capabilities }))).toMatchObject({
      result: { resultType: "complete" },
    });
  });
});

describe("a session", () => {
  test("is the same on both, and a question's answer comes to either", async () => {
    const session = await initialize(a, "2025-11-25", capabilities);
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "ask" } };
    const reader = new EventReader(await postLegacy(b, call, session));
    for (const url of [a, b]) {
      const question = await reader.message();
      await postLegacy(url, { jsonrpc: "2.0", id: question?.["id"] ?? null, result: { action: "accept" } }, session);
    }
    expect((await reader.rest()).at(-1)).toMatchObject({ id: 1, result: { content: [{ type: "text" }] } });
  });

  test("ended on one is over on the other", async () => {
    const session = await initialize(a);
    const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
    expect((await postLegacy(b, ping, session)).status).toBe(200);
    await fetch(a, { method: "DELETE", headers: session });
    expect((await postLegacy(b, ping, session)).status).toBe(404);
  });

  test("HTTP+SSE posts may go to the other", async () => {
    const reader = new EventReader(await fetch(`${a.href}/sse`));
    const post = new URL((await reader.next())?.data ?? "", b);
    const params = { protocolVersion: "2024-11-05", capabilities: {} };
    await postLegacy(post, { jsonrpc: "2.0", id: 0, method: "initialize", params });
    expect(await reader.message()).toMatchObject({ id: 0, result: {} });
    await reader.close();
  });

  test("HTTP+SSE clients that say to one what they can are asked by the other", async () => {
    const reader = new EventReader(await fetch(`${a.href}/sse`));
    const { pathname, search } = new URL((await reader.next())?.data ?? "", a);
    const params = { protocolVersion: "2024-11-05", capabilities };
    await postLegacy(new URL(pathname + search, b), { jsonrpc: "2.0", id: 0, method: "initialize", params });
    expect(await reader.message()).toMatchObject({ id: 0 });
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "stateless-ask" } };
    await postLegacy(new URL(pathname + search, a), call);
    expect(await reader.message()).toMatchObject({ method: "elicitation/create" });
    await reader.close();
  });
});
