import { readRestDocument } from "#mcp/rest/read.ts";
import { createRestServer } from "#mcp/rest/tools.ts";
import { describeMcpServer } from "#tests/contracts/mcp-server.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { ApiStage, WAYS } from "./api-stage.ts";

for (const [name, way] of WAYS) {
  describeMcpServer(`REST tools, by ${name}`, async () => {
    const stage = new ApiStage(way());
    const yaml = [
      "server: { name: s }",
      "tools:",
      `  - { name: weather, args: [{ name: q, position: query }], requestTemplate: { url: "http://${stage.api.address}/weather" } }`,
      `  - { name: slow, requestTemplate: { url: "http://${stage.api.address}/slow" } }`,
    ].join("\n");
    return {
      server: createRestServer("s", readRestDocument(yaml), mcpWorld(way())),
      tool: { name: "weather", arguments: { q: "x" }, says: "Oslo" },
      endless: { name: "slow", arguments: {} },
      close: () => stage.close(),
    };
  });
}
