import type { Log } from "../core/log.ts";
import type { Store } from "../core/store.ts";

/** The store a configuration names; nothing for `memory`, which one gateway alone has no use for. Redis' client is loaded only here. */
export async function openStore(url: string, log: Log): Promise<Store | undefined> {
  if (url === "memory") return undefined;
  const { createRedisStore } = await import("../store/redis.ts");
  return createRedisStore(url, { log });
}
