import type { McpSessionEnd } from "#src/core/mcp/host.ts";
import type { Store } from "#src/core/store.ts";
import type { SessionLog } from "#src/sessions/event-log.ts";
import type { Inboxes } from "#src/sessions/inbox.ts";
import type { ServeWorld } from "../settings.ts";
import type { Asks } from "./asks.ts";
import type { ControlBus } from "./control.ts";
import type { Ears } from "./ears.ts";

/** What the session era is served with, beyond what every era is. */
export interface LegacyWorld extends ServeWorld {
  readonly store: Store;
  readonly logs: (session: string) => SessionLog;
  readonly bus: ControlBus;
  readonly asks: Asks;
  readonly inboxes: Inboxes;
  readonly ears: Ears;
  readonly sessionEnded: (end: McpSessionEnd) => void;
}
