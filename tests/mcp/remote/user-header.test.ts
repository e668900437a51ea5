import { expect, test } from "bun:test";
import { urlKind } from "#mcp/remote/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import type { Caller } from "#src/core/mcp/server.ts";
import { type Asked, callOf, toolServer } from "#tests/mcp/policies/stage.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpStage } from "#tests/support/mcp-stage.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

test("an upstream gets the settings of the user whose call it is", async () => {
  const asked: Asked[] = [];
  await using upstream = await mcpStage({ servers: { shop: toolServer(["get"], asked) } });
  const settings = { endpoints: [upstream.url("shop").href] };
  const server = await urlKind.create("shop", settings, mcpWorld({ clock: systemClock }));
  const sent = async (caller: Partial<Caller>): Promise<unknown> => {
    const headers = { "x-higress-mcpserver-config": "forged" };
    await server.handle(callOf("get"), mcpCall({ caller, headers }));
    const header = asked.at(-1)?.call.headers.get("x-higress-mcpserver-config") ?? null;
    return header === null ? null : JSON.parse(Buffer.from(header, "base64").toString());
  };
  expect(await sent({ subject: "a", user: { id: "anna", config: { key: "ä" } } })).toEqual({ key: "ä" });
  expect(await sent({ subject: "b", user: { id: "berta", config: { key: "b" } } })).toEqual({ key: "b" });
  expect(await sent({ subject: "c", user: { id: "carla", config: {} } })).toBeNull();
  expect(await sent({ subject: "d" })).toBeNull();
  await server.close();
});
