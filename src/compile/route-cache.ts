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
  uses: number;
}

/** Routes that several configurations share: of 10,000 a reload mostly changes one, and the others need not be made again. */
export class RouteCache {
  readonly #kept = new Map<RouteConfig, Kept>();

  /**
   * The route of an entry, made with `open` unless it is at work already and was made of the same objects. It stays open until `release` was
   * called as often as this.
   */
  take(
    config: RouteConfig,
    parts: readonly unknown[],
    open: () => OpenRoute,
  ): { readonly route: Route; release(): void } {
    let kept = this.#kept.get(config);
    if (kept === undefined || !same(kept.parts, parts)) {
      kept = { ...open(), parts, uses: 0 };
      this.#kept.set(config, kept);
    }
    kept.uses++;
    const taken = kept;
    return { route: taken.route, release: () => this.#release(config, taken) };
  }

  #release(config: RouteConfig, kept: Kept): void {
    if (--kept.uses > 0) return;
    if (this.#kept.get(config) === kept) this.#kept.delete(config);
    kept.close();
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}
