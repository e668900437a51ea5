import type { RouteConfig } from "#config/model.ts";
import type { Route } from "../core/route.ts";

/** A route at work, and how its hold on shared state is given up. */
export interface OpenRoute {
  readonly route: Route;
  close(): void;
}

/** A route at work, with what it was made of. */
interface Kept extends OpenRoute {
  readonly parts: readonly unknown[];
  /** Everything that parts are taken from, when they were found to be the same last. */
  world: readonly unknown[];
  uses: number;
}

/** Routes that several configurations share: of 10,000 a reload mostly changes one, and the others need not be made again. */
export class RouteCache {
  readonly #kept = new Map<RouteConfig, Kept>();

  /** For the routes of one configuration. `world` is all that their parts are taken from: while it is the same, so are they. */
  begin(world: readonly unknown[]): TakenRoutes {
    return new TakenRoutes(this.#kept, world);
  }
}

/** What one configuration holds of a {@link RouteCache}. */
export class TakenRoutes {
  readonly #kept: Map<RouteConfig, Kept>;
  readonly #world: readonly unknown[];
  readonly #taken: [RouteConfig, Kept][] = [];

  constructor(kept: Map<RouteConfig, Kept>, world: readonly unknown[]) {
    this.#kept = kept;
    this.#world = world;
  }

  /** The route of an entry, made with `open` unless it is at work already and was made of the same parts. It stays open until `release`. */
  take(config: RouteConfig, parts: () => readonly unknown[], open: () => OpenRoute): Route {
    let kept = this.#kept.get(config);
    if (kept === undefined || !same(kept.world, this.#world)) {
      const now = parts();
      if (kept !== undefined && same(kept.parts, now)) kept.world = this.#world;
      else this.#kept.set(config, (kept = { ...open(), parts: now, world: this.#world, uses: 0 }));
    }
    kept.uses++;
    this.#taken.push([config, kept]);
    return kept.route;
  }

  release(): void {
    for (const [config, kept] of this.#taken.splice(0)) {
      if (--kept.uses > 0) continue;
      if (this.#kept.get(config) === kept) this.#kept.delete(config);
      kept.close();
    }
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((part, index) => part === b[index]));
}
