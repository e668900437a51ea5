import type { Route } from "../core/route.ts";
import type { AiOptions } from "../traffic/ai/handler.ts";
import type { Target } from "../traffic/ai/target.ts";

/** What each AI route does. */
export type AiRoutes = Map<Route, AiOptions>;

/**
 * Puts several AI routes together to one, for requests that name no model: whatever provider of theirs has the object, or the API, is asked.
 * All else is the first route's. Open to everybody only when all of them are.
 */
export function togetherOf(
  ai: AiRoutes,
  handlerOf: (options: AiOptions) => Route["handle"],
): (routes: readonly Route[]) => Route {
  const made = new Map<string, Route>();
  return (routes) => {
    const names = routes.map(({ name }) => name).join("\n");
    let route = made.get(names);
    if (route === undefined) made.set(names, (route = together(routes, ai, handlerOf)));
    return route;
  };
}

function together(routes: readonly Route[], ai: AiRoutes, handlerOf: (options: AiOptions) => Route["handle"]): Route {
  const [first] = routes;
  const all = routes.flatMap((route) => ai.get(route) ?? []);
  const options = all[0];
  if (first === undefined || options === undefined) throw new Error("There is no AI route to put together.");
  const maxBodyBytes = Math.max(...all.map((one) => one.maxBodyBytes));
  return {
    ...first,
    public: routes.every((route) => route.public),
    handle: handlerOf({ ...options, maxBodyBytes, targets: distinct(all.flatMap(({ targets }) => targets)) }),
  };
}

/** Each provider once, where it comes first. */
function distinct(targets: readonly Target[]): Target[] {
  return targets.filter(({ provider }, index) => targets.findIndex((one) => one.provider === provider) === index);
}
