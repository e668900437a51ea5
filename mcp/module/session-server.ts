import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { LinkedServer } from "../linked/linked-server.ts";
import type { OpenLink } from "../linked/link-session.ts";
import { OwnLinks } from "../linked/own-links.ts";
import { SharedLink } from "../linked/shared-link.ts";
import { GATEWAY_INFO } from "../remote/gateway-info.ts";
import { LegacySession } from "../remote/legacy-session.ts";
import { MemoryLink } from "./memory-link.ts";
import type { SdkServer } from "./sdk-server.ts";
import type { ModuleSettings } from "./settings.ts";

/** The most requests that wait for one server at a time. */
const PENDING = 10_000;

/** A server that closes its connection itself is made anew; one that keeps doing so, less and less often. */
const RESTART = { initialDelay: 100, maxDelay: 10_000, resetAfter: 10_000 };

/** What the one server for clients without sessions may ask: each of them is asked only what it can answer. */
const ANYTHING = { sampling: { tools: {}, context: {} }, elicitation: { form: {}, url: {} }, roots: {} };

/** Servers of the SDK's version 1: one for each client's session, and one for all clients that have none. */
export function sessionServer(
  name: string,
  make: () => Promise<SdkServer>,
  { timeout, maxSessions }: ModuleSettings,
  { clock }: McpWorld,
): McpServer {
  const open: OpenLink = async (client, lost) => {
    const link = await MemoryLink.to(await make());
    const limits = { idle: timeout, total: 0, pending: PENDING };
    return LegacySession.open({ link, client, clock, limits, shared: client.shared, firstId: 1, lost });
  };
  const client = { capabilities: ANYTHING, info: GATEWAY_INFO, shared: true };
  return new LinkedServer(
    new SharedLink({ name, open, client, clock, restart: RESTART, idleStop: 0 }),
    new OwnLinks({ name, open, info: GATEWAY_INFO, most: maxSessions }),
  );
}
