import { describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, boolean, constantFrom, integer, record, subarray, tuple } from "fast-check";
import type { RouteConfig, ServiceConfig } from "#config/model.ts";
import { route as routeSchema } from "#config/model/routes.ts";
import { LiveRoutes, type OpenRoute, type OpenRouteWith } from "#src/compile/live-routes.ts";

/** What an opened route was made of. */
interface Opened extends OpenRoute {
  readonly of: readonly unknown[];
}

/** Routes at work, and those of them that are open. */
function stage(): { readonly live: LiveRoutes; readonly open: OpenRouteWith; readonly held: Set<OpenRoute> } {
  const held = new Set<OpenRoute>();
  const open: OpenRouteWith = (config, services) => {
    if (config.name === "bad") throw new Error("bad");
    const made: Opened = {
      of: [config, ...(config.http?.services ?? []).map(({ name }) => services.get(name))],
      plugins: [],
      close: () => void held.delete(made),
    };
    held.add(made);
    // Those with plugins take their time.
    return config.name === "a" ? Promise.resolve(made) : made;
  };
  return { live: new LiveRoutes(), open, held };
}

const route = (name: string, service: string): RouteConfig =>
  routeSchema.parse({ name, http: { services: [{ name: service }] } });

const service = (name: string): ServiceConfig => ({ name, protocol: "http", endpoints: [], loadBalance: "random" });

const NAMES = ["a", "b", "c", "d"];

/** A few routes and services, each of which may be the same object as before. */
const step = record({
  routes: subarray(NAMES),
  turned: boolean(),
  others: array(tuple(constantFrom(...NAMES), constantFrom("s", "t")), { maxLength: 2 }),
  services: array(constantFrom("s", "t"), { maxLength: 2 }),
  world: integer({ min: 0, max: 1 }),
  fails: boolean(),
  discarded: boolean(),
});

describe("routes at work", () => {
  test("are those of the configuration in use, made of what is there, and no others are open", () =>
    assert(
      asyncProperty(array(step, { maxLength: 8 }), async (steps) => {
        const { live, open, held } = stage();
        const routes = new Map(NAMES.map((name) => [name, route(name, "s")]));
        const services = new Map(["s", "t"].map((name) => [name, service(name)]));
        let used: readonly OpenRoute[] = [];
        for (const { routes: names, turned, others, services: changed, world, fails, discarded } of steps) {
          for (const [name, asked] of others) routes.set(name, route(name, asked));
          for (const name of changed) services.set(name, service(name));
          const wanted = (turned ? names.toReversed() : names).map((name) => routes.get(name) as RouteConfig);
          const config = { routes: fails ? [...wanted, route("bad", "s")] : wanted, services: [...services.values()] };
          const prepared = await live.prepare(config, [world], open).catch(() => undefined);
          expect(prepared === undefined).toBe(fails);
          if (discarded) prepared?.discard();
          else if (prepared !== undefined) {
            prepared.commit();
            used = prepared.open;
            const made = wanted.map((one) => [one, services.get(one.http?.services[0]?.name ?? "")]);
            expect(used.map((one) => (one as Opened).of)).toEqual(made as unknown[][]);
            for (const [index, one] of used.entries()) expect((one as Opened).of[1]).toBe(made[index]?.[1]);
          }
          expect(held).toEqual(new Set(used));
        }
        live.close();
        expect(held.size).toBe(0);
      }),
    ));

  test("stay the same while what they were made of does, wherever they stand", async () => {
    const { live, open } = stage();
    const world = {};
    const [b, c, s, t] = [route("b", "s"), route("c", "t"), service("s"), service("t")];
    const first = await live.prepare({ routes: [b, c], services: [s, t] }, [world], open);
    first.commit();
    const second = await live.prepare({ routes: [c, b], services: [t, service("s")] }, [world], open);
    second.commit();
    expect([second.open[0] === first.open[1], second.open[1] === first.open[0]]).toEqual([true, false]);
    const third = await live.prepare({ routes: [c, b], services: [t, s] }, [{}], open);
    expect(third.open[0]).not.toBe(second.open[0] as OpenRoute);
  });
});
