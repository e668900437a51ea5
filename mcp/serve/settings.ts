import type { OpenClientStream } from "#src/core/client-stream.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import type { KeyRing } from "#src/sessions/key-ring.ts";

/** What every address of MCP servers is served with. */
export interface ServeWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly openStream: OpenClientStream;
  readonly keys: KeyRing;
  /** Names this process among its replicas. */
  readonly replica: string;
}

/** Milliseconds of silence before a keep-alive comment. */
export const KEEP_ALIVE = 15_000;

/** How long a call waits for what it asked its client, in milliseconds. */
export const ANSWER_LIFE: number = 10 * 60_000;
