import { Fault } from "../core/fault.ts";
import type { Route } from "../core/route.ts";
import { apiOf } from "../protocols/api-paths.ts";
import { modelOf } from "./ai/inbound.ts";
import { unauthenticated } from "./consumers.ts";
import type { LiveExchange } from "./live-exchange.ts";
import { isModelChoice, type ModelChoice, type RouteInput } from "./route-table.ts";
import type { Snapshot } from "./snapshot.ts";

/** The route of a request; a promise where its body says which. Throws a Fault when there is none for it. */
export function routeOf(snapshot: Snapshot, exchange: LiveExchange, stranger: boolean): Route | Promise<Route> {
  const input = inputOf(exchange);
  const { path, request } = exchange;
  const found = snapshot.routes.find(input);
  if (found === undefined) throw unrouted(snapshot.routes.allowedMethods(input), exchange);
  const choice = isModelChoice(found);
  const api = choice || found.ai ? apiOf(path) : undefined;
  if (api?.api === "models") return snapshot.models;
  if (api?.method !== undefined && api.method !== request.method) throw wrongMethod(exchange, [api.method]);
  if (!choice) return found;
  // Nobody's body is read, and no model's name told, for somebody who would be turned away in any case.
  if (stranger && api !== undefined && !snapshot.hasPublic) throw unauthenticated(exchange);
  if (api === undefined) return picked(found, undefined) ?? unchosen(undefined, exchange);
  return modelOf(exchange, api, snapshot.maxBodyBytes).then(
    (model) => picked(found, model) ?? withoutModel(snapshot, found, model) ?? unchosen(model, exchange),
  );
}

/** The route among several that serves a model; `asked` is undefined when the request names none. */
function picked(choice: ModelChoice, asked: string | undefined): Route | undefined {
  return choice.pick(asked ?? NO_MODEL);
}

/** A request for an API whose requests name no model (a file, a kept answer) belongs to all AI routes that it could reach with one. */
function withoutModel({ together }: Snapshot, choice: ModelChoice, asked: string | undefined): Route | undefined {
  const routes = asked === undefined ? choice.all().filter(({ ai }) => ai) : [];
  return routes.length === 0 ? undefined : together(routes);
}

function unchosen(asked: string | undefined, exchange: LiveExchange): never {
  if (asked === undefined) throw unrouted([], exchange);
  throw new Fault("model_not_found", `No route serves the model '${asked}'. GET /v1/models lists those there are.`, {
    param: "model",
  });
}

/** Stands for the model of a request to no AI API; no pattern but `*` takes it. */
const NO_MODEL = "\u0000";

function unrouted(allowed: readonly string[], exchange: LiveExchange): Fault {
  if (allowed.length > 0) return wrongMethod(exchange, allowed);
  return new Fault("route_not_found", `No route matches ${exchange.request.method} ${exchange.path}.`);
}

function wrongMethod({ request, path }: LiveExchange, allowed: readonly string[]): Fault {
  return new Fault("method_not_allowed", `${path} takes ${allowed.join(", ")}, not ${request.method}.`, {
    allow: allowed,
  });
}

/** What a request comes to: its route, or why there is none; and whose plugins see it in any case. */
export interface Located {
  readonly route: Route | undefined;
  readonly fault: Fault | undefined;
  /** The configuration's route: not always the one that answers. */
  readonly pluginsOf: Route | undefined;
}

/** The route of a request whose plugins may still admit it, answer it or lead it elsewhere. */
export async function locate(snapshot: Snapshot, exchange: LiveExchange): Promise<Located> {
  try {
    const route = await routeOf(snapshot, exchange, false);
    return { route, fault: undefined, pluginsOf: configured(snapshot, exchange, route) };
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code === "client_closed") throw thrown;
    return { route: undefined, fault: thrown, pluginsOf: firstOf(snapshot, exchange) };
  }
}

/** Lists of models, and requests that name none, are answered for several routes at once. */
function configured(snapshot: Snapshot, exchange: LiveExchange, route: Route): Route | undefined {
  return snapshot.routes.has(route) ? route : firstOf(snapshot, exchange);
}

/** The best of the routes that a request could have, whatever its model. */
function firstOf({ routes }: Snapshot, exchange: LiveExchange): Route | undefined {
  try {
    const found = routes.find(inputOf(exchange));
    return found !== undefined && isModelChoice(found) ? found.all()[0] : found;
  } catch {
    return undefined;
  }
}

/** What a request's route is looked up by. */
function inputOf({ host, path, search, request, connection }: LiveExchange): RouteInput {
  const { method, headers } = request;
  const { secure, listener } = connection;
  return { host, path, search, method, headers, secure, listener };
}
