import { expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { initialize, postLegacy, postModern } from "#tests/support/mcp-ask.ts";
import { EverythingServer } from "#tests/support/mcp-everything.ts";
import { mcpStage } from "#tests/support/mcp-stage.ts";

/** A server that breaks, at once or a little later. */
class Broken extends EverythingServer {
  override handle({
    method,
    params,
  }: {
    readonly method: string;
    readonly params: JsonObject;
  }): Promise<JsonObject> | JsonObject {
    if (method !== "tools/call") return { tools: [] };
    const problem = new TypeError("the pool at 10.0.0.9 is empty");
    if (params["name"] === "later") return Promise.reject(problem);
    throw problem;
  }
}

test.each(["later", "now"])(
  "what goes wrong inside (%s) reaches the log and not the client, in both eras",
  async (name) => {
    await using stage = await mcpStage({ servers: { one: new Broken() } });
    const url = stage.url("one");
    const session = await initialize(url);
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } };
    for (const answer of [
      await postModern(url, "tools/call", { name, arguments: {} }),
      await postLegacy(url, call, session),
    ]) {
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ jsonrpc: "2.0", id: 1, error: { code: -32603 } });
      expect(text).not.toContain("10.0.0.9");
      expect(stage.records.at(-1)).toMatchObject({
        mcp: { server: "one", method: "tools/call", tool: name, error: -32603 },
        fault: "internal",
        detail: "TypeError: the pool at 10.0.0.9 is empty",
      });
    }
  },
);

test("what the client did wrong is no fault of the gateway", async () => {
  await using stage = await mcpStage({ servers: { one: new EverythingServer() } });
  await (await postModern(stage.url("one"), "prompts/list")).text();
  const record = stage.records.at(-1);
  expect(record?.mcp?.error).toBe(-32601);
  expect(record?.fault).toBeUndefined();
});
