import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { LinkedServer } from "../linked/linked-server.ts";
import type { OpenLink } from "../linked/link-session.ts";
import { OwnLinks } from "../linked/own-links.ts";
import { SharedByClient } from "../linked/shared-by-client.ts";
import { SharedLink } from "../linked/shared-link.ts";
import { GATEWAY_INFO } from "../remote/gateway-info.ts";
import { LegacySession } from "../remote/legacy-session.ts";
import { MemoryLink } from "./memory-link.ts";
import type { SdkServer } from "./sdk-server.ts";
import type { ModuleSettings } from "./settings.ts";

/** The most requests that wait for one server at a time. */
const PENDING = 10_000;

/** A server for a kind of client that no longer comes is not kept for ever, in milliseconds. */
const IDLE = 3_600_000;

/** A server that closes its connection itself is made anew; one that keeps doing so, less and less often. */
const RESTART = { initialDelay: 100, maxDelay: 10_000, resetAfter: 10_000 };

/** Servers of the SDK's version 1: one for each client's session, and one for all clients that have none and can do the same. */
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
  return new LinkedServer(
    new SharedByClient((capabilities) => {
      const client = { capabilities, info: GATEWAY_INFO, shared: true };
      return new SharedLink({ name, open, client, clock, restart: RESTART, idleStop: IDLE });
    }),
    new OwnLinks({ name, open, info: GATEWAY_INFO, most: maxSessions }),
  );
}
