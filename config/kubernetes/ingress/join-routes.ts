import { labelOf, type Resource } from "../resource.ts";
import type { Written } from "../translator.ts";
import { isCanary } from "./canary.ts";
import { type Pieces, withFinding } from "./pieces.ts";
import { routeKeys } from "./route-keys.ts";

/** Takes routes away whose requests an older Ingress has already. */
export function joinRoutes(pieces: Pieces): void {
  const owners = new Map<string, Resource>();
  for (const [resource, piece] of pieces) {
    const { routes } = piece;
    if (routes === undefined || routes.length === 0 || isCanary(resource)) continue;
    const lost = new Map<Written, Resource>();
    for (const route of routes) {
      const place = routeKeys(route).withListeners;
      const owner = owners.get(place);
      if (owner === undefined) owners.set(place, resource);
      else if (owner !== resource) lost.set(route, owner);
    }
    if (lost.size === 0) continue;
    let changed = { ...piece, routes: routes.filter((route) => !lost.has(route)) };
    for (const [route, owner] of lost) {
      const message = `the route ${String(route["name"])} does nothing: ${labelOf(owner)} is older and has the same host, path and conditions`;
      changed = { ...withFinding(changed, "spec.rules", message), routes: changed.routes };
    }
    pieces.set(resource, changed);
  }
}
