/** The SDKs' clients on the fixture servers themselves: what fails through Sluice and passes here is Sluice's fault. */
import { afterAll } from "bun:test";
import { peerContract } from "#tests/contracts/mcp-peer.ts";
import { startEverything } from "#tests/support/mcp/everything/start.ts";
import { connectLegacy } from "#tests/support/mcp/peer/legacy.ts";
import { connectModern } from "#tests/support/mcp/peer/modern.ts";

const legacy = startEverything("legacy");
const modern = startEverything("modern");

afterAll(async () => {
  await (await legacy).stop();
  await (await modern).stop();
});

peerContract("the legacy client on the legacy fixture", async () => connectLegacy((await legacy).url));
peerContract("the modern client on the modern fixture", async () => connectModern((await modern).url));
peerContract("the modern client on the legacy fixture", async () => connectModern((await legacy).url));
