/** The SDKs' clients through Sluice to a server of each era. */
import { afterAll } from "bun:test";
import { peerContract } from "#tests/contracts/mcp-peer.ts";
import { connectLegacy } from "#tests/support/mcp/peer/legacy.ts";
import { connectModern } from "#tests/support/mcp/peer/modern.ts";
import { type Backend, startStack } from "#tests/support/mcp/stack.ts";

const BACKENDS: readonly Backend[] = ["legacy", "modern", "legacy-module", "modern-module"];

const stack = startStack("bun");
afterAll(async () => (await stack)[Symbol.asyncDispose]());

for (const backend of BACKENDS) {
  const url = async (): Promise<string> => (await stack).url(backend);
  const where = `through Sluice to the ${backend} fixture`;
  peerContract(`the legacy client over HTTP ${where}`, async () => connectLegacy(await url()));
  peerContract(`the legacy client over SSE ${where}`, async () =>
    connectLegacy(`${await url()}/sse`, { transport: "sse" }),
  );
  peerContract(`the modern client ${where}`, async () => connectModern(await url()));
}
