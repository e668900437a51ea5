import type { McpWorld } from "#src/core/mcp/kind.ts";
import { hashOf } from "../../token-hash.ts";
import type { Connection } from "./record-kinds.ts";
import { idOf } from "./user-tokens.ts";

/** Tells calls on every replica that a user is back from signing in. */
export class Arrivals {
  readonly #world: McpWorld;

  constructor(world: McpWorld) {
    this.#world = world;
  }

  async tell(connection: Connection): Promise<void> {
    await this.#world.store.publish(await channelOf(connection), "");
  }

  /** Begins to listen; `wait` resolves when the user has come since, when `patience` (milliseconds) is over, or the signal aborts. */
  async watch(connection: Connection, signal: AbortSignal): Promise<Watch> {
    const { store, clock } = this.#world;
    const over = Promise.withResolvers<void>();
    const unsubscribe = await store.subscribe(await channelOf(connection), () => over.resolve());
    signal.addEventListener("abort", () => over.resolve(), { once: true });
    return {
      async wait(patience) {
        if (signal.aborted) return;
        const stop = clock.after(patience, over.resolve);
        await over.promise;
        stop();
      },
      async close() {
        over.resolve();
        await unsubscribe();
      },
    };
  }
}

export interface Watch {
  wait(patience: number): Promise<void>;
  close(): Promise<void>;
}

async function channelOf(connection: Connection): Promise<string> {
  return `mcp:sign-in:${await hashOf(idOf(connection))}`;
}
