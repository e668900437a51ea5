import type { McpServer } from "#src/core/mcp/server.ts";

/** The place of a server: what stands in it may change while clients listen. */
export interface Slot {
  readonly server: McpServer;
  /** Calls `changed` after another server has come into the place, or `removed` when none will, until the returned function is called. */
  watch(watcher: SlotWatcher): () => void;
}

/** Who wants to know what becomes of a place. */
export interface SlotWatcher {
  changed(): void;
  removed(): void;
}

/** A place that a configuration fills. */
export class ServerSlot implements Slot {
  #server: McpServer;
  readonly #watchers = new Set<SlotWatcher>();

  constructor(server: McpServer) {
    this.#server = server;
  }

  get server(): McpServer {
    return this.#server;
  }

  replace(server: McpServer): void {
    this.#server = server;
    for (const watcher of this.#watchers) watcher.changed();
  }

  remove(): void {
    for (const watcher of this.#watchers) watcher.removed();
    this.#watchers.clear();
  }

  watch(watcher: SlotWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
