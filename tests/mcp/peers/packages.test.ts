/** The servers that MCP's own project publishes, as processes behind Sluice. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "#src/core/json.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { connectLegacy } from "#tests/support/mcp/peer/legacy.ts";
import { connectModern } from "#tests/support/mcp/peer/modern.ts";

const MODULES = join(import.meta.dir, "../../../node_modules/@modelcontextprotocol");
const folder = mkdtempSync(join(tmpdir(), "sluice-files-"));
writeFileSync(join(folder, "hello.txt"), "Hello from a file.");

function packaged(name: string, args: readonly string[] = [], env: JsonObject = {}): JsonObject {
  const stdio = { command: process.execPath, args: [join(MODULES, `server-${name}/dist/index.js`), ...args], env };
  return { name, path: `/${name}`, stdio };
}

const gateway = startGateway({
  config: {
    admin: { port: 0 },
    mcpServers: [
      packaged("everything", ["stdio"]),
      packaged("filesystem", [folder]),
      packaged("memory", [], { MEMORY_FILE_PATH: join(folder, "memory.jsonl") }),
    ],
  },
});

afterAll(async () => {
  await (await gateway).stop();
  rmSync(folder, { recursive: true, force: true });
});

const url = async (name: string): Promise<string> => `${(await gateway).origin}/${name}`;

/** A process has to start first. */
const PATIENCE_MS = 30_000;

for (const [era, connect] of [
  ["legacy", connectLegacy],
  ["modern", connectModern],
] as const) {
  describe(`a ${era} client`, () => {
    test(
      "uses server-everything",
      async () => {
        await using peer = await connect(await url("everything"));
        const tools = (await peer.listTools()).map(({ name }) => name);
        expect(tools).toContain("echo");
        expect(JSON.stringify(await peer.callTool("echo", { message: "Grüße" }))).toContain("Echo: Grüße");
        expect((await peer.listPrompts()).length).toBeGreaterThan(0);
        const [resource] = await peer.listResources();
        const contents = await peer.readResource(typeof resource?.uri === "string" ? resource.uri : "");
        expect(contents).toHaveLength(1);
      },
      PATIENCE_MS,
    );

    test(
      "reads a file by server-filesystem",
      async () => {
        await using peer = await connect(await url("filesystem"));
        const result = await peer.callTool("read_text_file", { path: join(folder, "hello.txt") });
        expect(JSON.stringify(result.content)).toContain("Hello from a file.");
        const outside = await peer.callTool("read_text_file", { path: "/etc/hostname" });
        expect(outside.isError).toBe(true);
      },
      PATIENCE_MS,
    );

    test(
      "keeps what it knows with server-memory",
      async () => {
        await using peer = await connect(await url("memory"));
        const entity = { name: era, entityType: "era", observations: [`It is the ${era} one.`] };
        await peer.callTool("create_entities", { entities: [entity] });
        const found = await peer.callTool("search_nodes", { query: era });
        expect(JSON.stringify(found)).toContain(`It is the ${era} one.`);
      },
      PATIENCE_MS,
    );
  });
}
