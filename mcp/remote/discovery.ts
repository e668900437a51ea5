import type { Clock } from "#src/core/clock.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { META } from "#src/core/mcp/messages.ts";
import type { ServerDescription } from "#src/core/mcp/server.ts";

/** The longest that a description is kept, in milliseconds, whatever its server says. */
const LONGEST = 3_600_000;
const MAX_CONTEXTS = 1000;

/** What a DiscoverResult says of a server. */
export function descriptionIn({ capabilities, instructions, serverInfo, _meta }: JsonObject): ServerDescription {
  const info = isObject(_meta) && isObject(_meta[META.serverInfo]) ? _meta[META.serverInfo] : serverInfo;
  return {
    capabilities: isObject(capabilities) ? capabilities : {},
    serverInfo: isObject(info) ? info : {},
    ...(typeof instructions === "string" && { instructions }),
  };
}

/** Descriptions as long as their server lets them be kept, by authorization context unless it says that they are for all. */
export class Discoveries {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly description: ServerDescription; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(context: string): ServerDescription | undefined {
    return this.#fresh("") ?? this.#fresh(`=${context}`);
  }

  keep(context: string, result: JsonObject): ServerDescription {
    const description = descriptionIn(result);
    const { ttlMs, cacheScope } = result;
    const ttl = typeof ttlMs === "number" && ttlMs > 0 ? Math.min(ttlMs, LONGEST) : 0;
    if (ttl === 0) return description;
    if (this.#kept.size >= MAX_CONTEXTS) this.#kept.clear();
    this.#kept.set(cacheScope === "public" ? "" : `=${context}`, { description, until: this.#clock.monotonic() + ttl });
    return description;
  }

  clear(): void {
    this.#kept.clear();
  }

  #fresh(key: string): ServerDescription | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && this.#clock.monotonic() < kept.until ? kept.description : undefined;
  }
}
