import { mapping } from "../../check-values.ts";
import type { Written } from "../translator.ts";

/** Which requests a route means; equal texts for routes that mean the same. */
interface RouteKeys {
  /** Leaving listeners out of account. */
  readonly requests: string;
  readonly withListeners: string;
}

/** Routes that did not change since the last time stay the same objects. */
const known = new WeakMap<Written, RouteKeys>();

export function routeKeys(route: Written): RouteKeys {
  let keys = known.get(route);
  if (keys === undefined) {
    const { hosts, path, methods, headers, query, listeners } = mapping(route["match"]);
    const requests = JSON.stringify([hosts, path, methods, headers, query]);
    known.set(route, (keys = { requests, withListeners: `${JSON.stringify(listeners)} ${requests}` }));
  }
  return keys;
}
