import { resolve } from "node:path";
import { readFileSync } from "node:fs";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { FetchTransport } from "#src/traffic/fetch-transport.ts";
import { Reach } from "#src/traffic/ai/reach.ts";
import { FakeClock } from "./fake-clock.ts";

/** The world as a kind of server sees it: real files and network, a clock that stands still, a store of its own. */
export function mcpWorld(parts: Partial<McpWorld> = {}): McpWorld {
  const clock = parts.clock ?? new FakeClock();
  const fetch = parts.fetch ?? ((url: string, init: RequestInit) => globalThis.fetch(url, init));
  return {
    clock,
    log: { info() {}, warn() {}, error() {} },
    store: createMemoryStore({ clock }),
    fetch,
    transport: new FetchTransport(fetch, new Reach(clock, undefined)),
    random: () => 0.5,
    readFile: (path) => readFileSync(path, "utf8"),
    resolvePath: (path) => resolve(path),
    server: () => undefined,
    serve: () => {},
    embed: () => Promise.reject(new Error("There is no such provider.")),
    ...parts,
  };
}
