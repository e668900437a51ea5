import type { CacheControl } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { CachePointSettings } from "../../core/protocol.ts";

/** How long a cached prefix lives, in OpenAI's words and in Bedrock's. */
const TTLS: ReadonlyMap<string, string> = new Map([
  ["in_memory", "5m"],
  ["in-memory", "5m"],
  ["24h", "1h"],
]);

/** A cache point, with its time to live where one is wanted. */
function cachePoint(ttl?: string): JsonObject {
  return { cachePoint: ttl === undefined ? { type: "default" } : { type: "default", ttl } };
}

/** The cache point for a mark of a client's. Bedrock knows the same times to live as Claude. */
export function markedPoint({ ttl }: CacheControl): JsonObject {
  return cachePoint(ttl);
}

/** The parts of a request that may end in a cache point. */
export interface Prefixes {
  readonly system: JsonObject[];
  readonly turns: readonly { readonly role: string; readonly blocks: JsonObject[] }[];
}

/**
 * Puts cache points where the provider's settings want them, when the request, or else the settings, say how long the prefix shall be
 * kept. A place that ends in a cache point already keeps that one.
 */
export function addCachePoints(prefixes: Prefixes, settings: CachePointSettings, asked: unknown): void {
  const retention = typeof asked === "string" ? asked : settings.retention;
  const ttl = retention === undefined ? undefined : TTLS.get(retention);
  if (ttl === undefined) return;
  const { system, turns } = prefixes;
  if (settings.systemPrompt) close(system, ttl);
  if (settings.lastUserMessage) close(turns.findLast(({ role }) => role === "user")?.blocks ?? [], ttl);
  if (settings.lastMessage) close(turns.at(-1)?.blocks ?? [], ttl);
}

function close(blocks: JsonObject[], ttl: string): void {
  const last = blocks.at(-1);
  if (last !== undefined && !isObject(last["cachePoint"])) blocks.push(cachePoint(ttl));
}
