import { labelOf, type Resource } from "../resource.ts";
import type { Board } from "./board.ts";
import type { Pieces } from "./pieces.ts";
import { routeKeys } from "./route-keys.ts";

/** Takes routes away whose requests an older Ingress has already. */
export function joinRoutes(pieces: Pieces, board: Board, touched: readonly Resource[]): void {
  for (const [place, [owner, ...others]] of board.contested("places", touched)) {
    if (owner === undefined) continue;
    for (const resource of others) {
      const { routes = [] } = pieces.get(resource);
      const lost = routes.find((route) => routeKeys(route).withListeners === place);
      pieces.change(resource, { routes: routes.filter((route) => route !== lost) });
      const what = `the route ${String(lost?.["name"])} does nothing`;
      const why = `${labelOf(owner)} is older and has the same host, path and conditions`;
      pieces.warn(resource, "spec.rules", `${what}: ${why}`);
    }
  }
}
