/** Clients of 2026-07-28 mirror arguments in headers (`x-mcp-header`) by what a set shows them, not by what its members have. */
import { expect, test } from "bun:test";
import { textResult } from "#mcp/hosted/results.ts";
import { createHostedServer } from "#mcp/hosted/server.ts";
import { toolSetKind } from "#mcp/tool-set/kind.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { postModern } from "#tests/support/mcp-ask.ts";
import { mcpStage, type McpStage } from "#tests/support/mcp-stage.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

const weather = createHostedServer({
  name: "weather",
  tools: [
    {
      definition: {
        name: "now",
        inputSchema: {
          type: "object",
          properties: { region: { type: "string", "x-mcp-header": "Region" } },
          required: ["region"],
        },
      },
      call: ({ region = "" }) => textResult(`It rains in ${JSON.stringify(region)}.`),
    },
  ],
});

async function setWith(settings: Json): Promise<McpServer> {
  const world = mcpWorld({ server: () => weather });
  return toolSetKind.create("all", toolSetKind.schema.parse(settings), world);
}

async function called(
  stage: McpStage,
  name: string,
  args: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const url = stage.url("all");
  // As a client would: it knows the schemas by then, and so does the address.
  await (await postModern(url, "tools/list")).text();
  const { result, error } = (await (
    await postModern(url, "tools/call", { name, arguments: args }, { headers })
  ).json()) as { result?: { content: { text: string }[] }; error?: { code: number } };
  return result?.content[0]?.text ?? error?.code;
}

const MISMATCH = -32020;

test("a renamed argument is mirrored under its shown name, and checked", async () => {
  const override = { now: { arguments: { region: { name: "place" } } } };
  const all = await setWith([{ server: "weather", prefix: "", override }]);
  await using stage = await mcpStage({ servers: { all } });
  const args = { place: "Bern" };
  expect(await called(stage, "now", args, { "mcp-param-region": "Bern" })).toBe('It rains in "Bern".');
  expect(await called(stage, "now", args, { "mcp-param-region": "Basel" })).toBe(MISMATCH);
  expect(await called(stage, "now", args)).toBe(MISMATCH);
});

test.each(["value", "default"])("an argument that the set fills in (%s) is mirrored by nobody", async (field) => {
  const override = { now: { arguments: { region: { [field]: "Bern" } } } };
  const all = await setWith([{ server: "weather", prefix: "", override }]);
  await using stage = await mcpStage({ servers: { all } });
  expect(await called(stage, "now", {})).toBe('It rains in "Bern".');
});

test("what is called by call_tool has no headers of its own", async () => {
  const all = await setWith({ servers: [{ server: "weather", prefix: "" }], search: { above: 0 } });
  await using stage = await mcpStage({ servers: { all } });
  expect(await called(stage, "call_tool", { name: "now", arguments: { region: "Bern" } })).toBe('It rains in "Bern".');
});

test("the same server at an address of its own is checked as before", async () => {
  await using stage = await mcpStage({ servers: { all: weather } });
  expect(await called(stage, "now", { region: "Bern" }, { "mcp-param-region": "Bern" })).toBe('It rains in "Bern".');
  expect(await called(stage, "now", { region: "Bern" })).toBe(MISMATCH);
});
