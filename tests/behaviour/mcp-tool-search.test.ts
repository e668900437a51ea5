import { afterAll, describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { startBackend } from "#tests/support/backend.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { postModern } from "#tests/support/mcp-ask.ts";

/** A provider to whom bills and money are the same thing. */
const asked: JsonObject[] = [];
const keys: (string | null)[] = [];
const provider = startBackend(async (request) => {
  const body = (await request.json()) as JsonObject;
  asked.push(body);
  keys.push(request.headers.get("authorization"));
  const input = Array.isArray(body["input"]) ? body["input"] : [];
  const data = input.map((text, index) => ({
    object: "embedding",
    index,
    embedding: /bill|money/.test(JSON.stringify(text)) ? [1, 0] : [0, 1],
  }));
  return Response.json({ object: "list", data, model: "embedder", usage: { prompt_tokens: 1, total_tokens: 1 } });
});

const tool = (name: string, description: string): JsonObject => ({
  name,
  description,
  responseTemplate: { body: name },
});
const gateway = await startGateway({
  config: {
    admin: { port: 0 },
    providers: [{ id: "vectors", type: "openai", apiTokens: ["the-key"], baseUrl: `http://${provider.address}/v1` }],
    mcpServers: [
      {
        name: "shop",
        path: "/mcp/shop",
        rest: {
          server: { name: "shop" },
          tools: [tool("invoice", "Writes a bill."), tool("weather", "Tells the weather.")],
        },
      },
      {
        name: "all",
        path: "/mcp",
        toolSet: {
          servers: [{ server: "shop", prefix: "" }],
          search: { above: 1, limit: 1, provider: "vectors", model: "embedder" },
        },
      },
    ],
  },
});

afterAll(async () => {
  await gateway.stop();
  await provider.close();
});

async function answered(name: string, args: JsonObject): Promise<JsonObject> {
  const response = await postModern(new URL("/mcp", gateway.origin), "tools/call", { name, arguments: args });
  return (await response.json()) as JsonObject;
}

describe("tools of many servers", () => {
  test("are found by meaning, with the provider's key and model", async () => {
    expect(await answered("search_tools", { query: "money" })).toMatchObject({
      result: { structuredContent: { tools: [{ name: "invoice" }] } },
    });
    expect(asked.map(({ model }) => model)).toEqual(["embedder", "embedder"]);
    expect(keys).toEqual(["Bearer the-key", "Bearer the-key"]);
    expect(await answered("call_tool", { name: "invoice" })).toMatchObject({
      result: { content: [{ type: "text", text: "invoice" }] },
    });
  });
});
