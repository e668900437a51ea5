import { spawn } from "node:child_process";
import { describe, expect, test } from "bun:test";
import { urlKind } from "#mcp/remote/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import { META } from "#src/core/mcp/messages.ts";
import { describeMcpServer } from "#tests/contracts/mcp-server.ts";
import { freePort } from "#tests/support/backend.ts";
import { Lines } from "#tests/support/lines.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { until, within } from "#tests/support/until.ts";

const MAIN = new URL(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js")).pathname;

/** The public test server as a process, by one of its transports. */
async function everything(transport: "streamableHttp" | "sse") {
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN, transport], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  await new Lines(child.stderr).find("the server to listen", (line) => (/port/i.test(line) ? line : undefined));
  return {
    url: `http://127.0.0.1:${port}/${transport === "sse" ? "sse" : "mcp"}`,
    async stop() {
      process.removeListener("exit", kill);
      kill();
      await within("the server's end", exited);
    },
  };
}

for (const transport of ["streamableHttp", "sse"] as const) {
  describeMcpServer(`url, server-everything by ${transport}`, async () => {
    const upstream = await everything(transport);
    return {
      server: await urlKind.create("up", { endpoints: [upstream.url] }, mcpWorld({ clock: systemClock })),
      tool: { name: "echo", arguments: { message: "grüezi" }, says: "grüezi" },
      endless: { name: "trigger-long-running-operation", arguments: { duration: 3600, steps: 3600 } },
      close: () => upstream.stop(),
    };
  });
}

describe("server-everything by HTTP+SSE", () => {
  test("tells progress and asks the client", async () => {
    const upstream = await everything("sse");
    const server = await urlKind.create("up", { endpoints: [upstream.url] }, mcpWorld({ clock: systemClock }));
    try {
      const call = mcpCall({
        client: { capabilities: { sampling: {}, elicitation: {}, roots: {} } },
        answer: ({ method }) =>
          method === "roots/list"
            ? { roots: [] }
            : { model: "m", role: "assistant", content: { type: "text", text: "sampled" } },
      });
      const ask = (name: string, args: Record<string, string | number>) =>
        server.handle(
          {
            method: "tools/call",
            params: { name, arguments: args, _meta: { progressToken: "p", [META.logLevel]: "debug" } },
          },
          call,
        );
      expect(JSON.stringify(await ask("trigger-sampling-request", { prompt: "hi", maxTokens: 5 }))).toContain(
        "sampled",
      );
      await ask("trigger-long-running-operation", { duration: 0.2, steps: 2 });
      await until("progress is told", () =>
        call.notifications.some(({ method }) => method === "notifications/progress"),
      );
    } finally {
      await server.close();
      await upstream.stop();
    }
  });
});
