import type { CacheControl } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { CachePointSettings } from "../../core/protocol.ts";
import type { Losses } from "../losses.ts";

/** How long a cached prefix lives, in OpenAI's words and in Bedrock's. */
const TTLS: ReadonlyMap<string, string> = new Map([
  ["in_memory", "5m"],
  ["in-memory", "5m"],
  ["24h", "1h"],
]);

/** Where a model takes cache points; one that takes none refuses the request for them. */
export interface Caching {
  readonly messages: boolean;
  readonly tools: boolean;
  /** It may be told how long a prefix shall live. */
  readonly ttl: boolean;
}

const NONE: Caching = { messages: false, tools: false, ttl: false };
const ALL: Caching = { messages: true, tools: true, ttl: true };

/** Source: AWS' user guide, "Prompt caching", its table of models. An ARN does not tell what is behind it. */
export function cachingOf(model: string): Caching {
  if (/anthropic\.|claude|^arn:/.test(model)) return ALL;
  return /amazon\.nova/.test(model) ? { messages: true, tools: false, ttl: false } : NONE;
}

/** The cache point for a mark of a client's; undefined where the model takes none. Bedrock knows the same times to live as Claude. */
export function markedPoint({ ttl }: CacheControl, path: string, context: MarkContext): JsonObject | undefined {
  const { losses, caching, tools = false } = context;
  if (!(tools ? caching.tools : caching.messages)) {
    losses.dropped(`${path}.cache_control`, "this model takes no cache point here");
    return undefined;
  }
  if (ttl !== undefined && ttl !== USUAL && !caching.ttl) losses.dropped(`${path}.cache_control.ttl`);
  return cachePoint(ttl, caching);
}

/** What a mark is judged by. */
export interface MarkContext {
  readonly losses: Losses;
  readonly caching: Caching;
  /** The mark is a tool's. */
  readonly tools?: boolean;
}

/** What a cache point lives when nothing else is said; not every model that caches takes the field. */
const USUAL = "5m";

/** A cache point, with its time to live where that is another one and the model can be told. */
function cachePoint(ttl: string | undefined, caching: Caching): JsonObject {
  const said = ttl !== undefined && ttl !== USUAL && caching.ttl;
  return { cachePoint: said ? { type: "default", ttl } : { type: "default" } };
}

/** The parts of a request that may end in a cache point. */
export interface Prefixes {
  readonly system: JsonObject[];
  readonly turns: readonly { readonly role: string; readonly blocks: JsonObject[] }[];
  readonly caching: Caching;
}

/**
 * Puts cache points where the provider's settings want them, when the request, or else the settings, say how long the prefix shall be
 * kept. A place that ends in a cache point already keeps that one.
 */
export function addCachePoints(prefixes: Prefixes, settings: CachePointSettings, asked: unknown): void {
  const { system, turns, caching } = prefixes;
  const retention = typeof asked === "string" ? asked : settings.retention;
  const ttl = retention === undefined ? undefined : TTLS.get(retention);
  if (ttl === undefined || !caching.messages) return;
  const point = cachePoint(ttl, caching);
  if (settings.systemPrompt) close(system, point);
  if (settings.lastUserMessage) close(turns.findLast(({ role }) => role === "user")?.blocks ?? [], point);
  if (settings.lastMessage) close(turns.at(-1)?.blocks ?? [], point);
}

function close(blocks: JsonObject[], point: JsonObject): void {
  const last = blocks.at(-1);
  if (last !== undefined && !isObject(last["cachePoint"])) blocks.push(point);
}
