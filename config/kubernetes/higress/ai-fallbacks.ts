import { isDeepStrictEqual } from "node:util";
import { entries, mapping } from "../../check-values.ts";
import type { AiCandidate, AiFallbackOf } from "./ai-route.ts";
import type { RouteFallback } from "./route-fallback.ts";

/** Which routes are asked behind which others. */
export interface PairedFallbacks {
  /** By the first one's name. */
  readonly behind: ReadonlyMap<string, AiFallbackOf>;
  /** Names of routes that are there for nothing else. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Finds the fallback of each route: an EnvoyFilter of the console sends a failed request on with a header, by which alone the second
 * Ingress for the same hosts and path is told from the first.
 */
export function pairedFallbacks(
  candidates: ReadonlyMap<string, AiCandidate>,
  fallbacks: readonly RouteFallback[],
): PairedFallbacks {
  const behind = new Map<string, AiFallbackOf>();
  const taken = new Set<string>();
  for (const fallback of fallbacks) {
    const seconds = [...candidates].filter(([, { written }]) => isSentTo(written["match"], fallback));
    for (const [name, { written }] of candidates) {
      if (!name.startsWith(`${fallback.from}/`)) continue;
      const second = seconds.find(([, other]) => isSamePlace(other.written["match"], written["match"]));
      if (second === undefined) continue;
      behind.set(name, { services: second[1].services, responseCodes: fallback.responseCodes });
      taken.add(second[0]);
    }
  }
  return { behind, taken };
}

function isSentTo(match: unknown, { header, value }: RouteFallback): boolean {
  return entries(mapping(match)["headers"]).some(
    ([, { name, exact }]) => typeof name === "string" && name.toLowerCase() === header && exact === value,
  );
}

function isSamePlace(one: unknown, other: unknown): boolean {
  const [a, b] = [mapping(one), mapping(other)];
  return isDeepStrictEqual([a["hosts"], a["path"]], [b["hosts"], b["path"]]);
}
