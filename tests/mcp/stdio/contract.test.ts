import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stdioKind } from "#mcp/stdio/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import { describeMcpServer } from "#tests/contracts/mcp-server.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { textIn } from "#tests/support/mcp-text.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { until } from "#tests/support/until.ts";

const ROOT = join(import.meta.dir, "../../..");
const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const open = async (file: string, args: readonly string[] = [], settings: JsonObject = {}) =>
  stdioKind.create(
    "local",
    stdioKind.schema.parse({
      command: process.execPath,
      args: [join(ROOT, file), ...args],
      stderr: "ignore",
      ...settings,
    }),
    mcpWorld({ clock: systemClock }),
  );

const packaged = (name: string): string => `node_modules/@modelcontextprotocol/server-${name}/dist/index.js`;

describeMcpServer("stdio, the SDK of the modern era", async () => ({
  server: await open("tests/support/mcp/everything/stdio-main.ts"),
  tool: { name: "test_simple_text", arguments: {}, says: "simple text" },
  endless: { name: "test_wait", arguments: {} },
}));

describeMcpServer("stdio, server-everything", async () => ({
  server: await open(packaged("everything"), ["stdio"]),
  tool: { name: "get-sum", arguments: { a: 2, b: 40 }, says: "42" },
  endless: { name: "trigger-long-running-operation", arguments: { duration: 1000, steps: 1 } },
}));

describeMcpServer("stdio, server-filesystem", async () => {
  writeFileSync(join(folder, "hello.txt"), "Grüße aus der Datei");
  return {
    server: await open(packaged("filesystem"), [folder]),
    tool: { name: "read_text_file", arguments: { path: join(folder, "hello.txt") }, says: "Grüße aus der Datei" },
  };
});

describeMcpServer("stdio, server-memory, a process for each session", async () => ({
  server: await open(packaged("memory"), [], {
    mode: "session",
    env: { MEMORY_FILE_PATH: join(folder, "memory.jsonl") },
  }),
  tool: { name: "read_graph", arguments: {}, says: "entities" },
}));

test("a server of the modern era tells of a changed resource and is asked for input", async () => {
  const server = await open("tests/support/mcp/everything/stdio-main.ts");
  const listening = mcpCall();
  const wanted = { toolsListChanged: true, resourceSubscriptions: ["test://watched-resource"] };
  const subscription = await server.listen(wanted, listening);
  expect(subscription.honoured).toEqual(wanted);
  subscription.close();
  const call = mcpCall({ client: { capabilities: { elicitation: { form: {} } } } });
  const params = { name: "test_elicitation", arguments: { message: "Who?" } };
  const result = await server.handle({ method: "tools/call", params }, call);
  expect(result).toMatchObject({ resultType: "input_required" });
  await server.close();
});

test("server-everything samples from the client that called it, and reports progress", async () => {
  const server = await open(packaged("everything"), ["stdio"]);
  const call = mcpCall({
    client: { capabilities: { sampling: {} } },
    answer: ({ method }) => ({ role: "assistant", model: "mine", content: { type: "text", text: `by ${method}` } }),
  });
  const sampling = { name: "trigger-sampling-request", arguments: { prompt: "hi", maxTokens: 10 } };
  const sampled = await server.handle({ method: "tools/call", params: sampling }, call);
  expect(textIn(sampled["content"])).toContain("by sampling/createMessage");
  const working = {
    name: "trigger-long-running-operation",
    arguments: { duration: 0.02, steps: 2 },
    _meta: { progressToken: "mine" },
  };
  await server.handle({ method: "tools/call", params: working }, call);
  await until("both are told", () => call.notifications.length >= 2);
  expect(call.notifications.map(({ params }) => [params["progressToken"], params["progress"]])).toEqual([
    ["mine", 1],
    ["mine", 2],
  ]);
  await server.close();
});
