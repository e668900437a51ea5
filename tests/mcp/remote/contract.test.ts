import { urlKind } from "#mcp/remote/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import { describeMcpServer } from "#tests/contracts/mcp-server.ts";
import { startEverything } from "#tests/support/mcp/everything/start.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

for (const era of ["modern", "legacy"] as const) {
  describeMcpServer(`url, an upstream of the ${era} era`, async () => {
    const upstream = await startEverything(era);
    return {
      server: await urlKind.create("up", { endpoints: [upstream.url] }, mcpWorld({ clock: systemClock })),
      tool: { name: "test_simple_text", arguments: {}, says: "simple text" },
      endless: { name: "test_wait", arguments: {} },
      close: () => upstream.stop(),
    };
  });
}
