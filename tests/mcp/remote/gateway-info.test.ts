import { expect, test } from "bun:test";
import { GATEWAY_INFO } from "#mcp/remote/gateway-info.ts";
import manifest from "../../../package.json" with { type: "json" };

test("the gateway tells upstreams its own name and version", () => {
  expect(GATEWAY_INFO).toEqual({ name: manifest.name, version: manifest.version });
});
