import { join } from "node:path";
import { moduleKind } from "#mcp/module/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import { describeMcpServer } from "#tests/contracts/mcp-server.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

for (const era of ["modern", "legacy"] as const) {
  describeMcpServer(`module, the SDK of the ${era} era`, async () => {
    const settings = moduleKind.schema.parse(join(import.meta.dir, `../../fixtures/mcp-modules/everything-${era}.ts`));
    return {
      server: await moduleKind.create("mine", settings, mcpWorld({ clock: systemClock })),
      tool: { name: "test_simple_text", arguments: {}, says: "simple text" },
      endless: { name: "test_wait", arguments: {} },
    };
  });
}
