import type { Clock } from "../core/clock.ts";
import type { Connection } from "../core/exchange.ts";
import { Fault } from "../core/fault.ts";
import type { Observer } from "../core/observer.ts";
import type { Route } from "../core/route.ts";
import { apiOf } from "../protocols/api-paths.ts";
import type { ActiveRequests } from "./active.ts";
import { modelOf } from "./ai/inbound.ts";
import { unauthenticated } from "./consumers.ts";
import { errorResponse } from "./error-response.ts";
import { type ExchangeWatcher, LiveExchange } from "./live-exchange.ts";
import { isModelChoice, type ModelChoice } from "./route-table.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a router needs beyond the snapshot. */
export interface RouterOptions {
  readonly clock: Clock;
  readonly observers: readonly Observer[];
  /** Sees every request under way, from its begin to its end. */
  readonly active: ActiveRequests;
  /** Why no request is taken at the moment; undefined when they are. */
  readonly refusal: () => Fault | undefined;
}

/** Takes each request through a snapshot: route, consumer, handler, error, record. */
export function createRouter(
  options: RouterOptions,
): (snapshot: Snapshot, request: Request, connection: Connection) => Promise<Response> {
  const { clock, observers, active, refusal } = options;

  const watcher: ExchangeWatcher = {
    held: () => active.beginStream(),
    over({ record, held }) {
      record.endedAt = clock.monotonic();
      if (held) active.endStream();
      active.end();
      for (const observer of observers) observer.done(record);
    },
  };

  return async (snapshot, request, connection) => {
    active.begin();
    const exchange = new LiveExchange(request, connection, clock, watcher);
    const { record } = exchange;
    let response: Response;
    try {
      const refused = refusal();
      if (refused !== undefined) throw refused;
      response = await dispatch(snapshot, exchange);
    } catch (thrown) {
      response = failed(thrown, exchange);
    }
    // An upgraded connection has its status already: no Response can say 101.
    if (record.status === 0) record.status = response.status;
    record.headersAt = clock.monotonic();
    response.headers.set("x-request-id", exchange.id);
    if (!exchange.held) exchange.end();
    return response;
  };
}

async function dispatch(snapshot: Snapshot, exchange: LiveExchange): Promise<Response> {
  const { consumers } = snapshot;
  const consumer = consumers.empty ? undefined : await consumers.identify(exchange);
  const stranger = !consumers.empty && consumer === undefined;
  const routed = routeOf(snapshot, exchange, stranger);
  // Awaited only when there is something to wait for: a turn of the event loop is not free.
  const route = routed instanceof Promise ? await routed : routed;
  exchange.record.route = route.name;
  if (stranger && (route.ai || route.mcp === true) && !route.public) throw unauthenticated(exchange);
  if (consumer !== undefined) {
    exchange.record.consumer = consumer.name;
    // AI routes write their headers anew; others pass on what they got, and a key to the gateway is not meant for what stands behind it.
    if (!route.ai) consumer.hide(exchange);
  }
  return route.handle(exchange);
}

function routeOf(snapshot: Snapshot, exchange: LiveExchange, stranger: boolean): Route | Promise<Route> {
  const { host, path, search, request } = exchange;
  const input = { host, path, search, method: request.method, headers: request.headers };
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

function failed(thrown: unknown, exchange: LiveExchange): Response {
  const gone = exchange.signal.aborted && !(thrown instanceof Fault);
  const fault = gone ? new Fault("client_closed", "The client left.", { cause: thrown }) : Fault.from(thrown);
  const { record } = exchange;
  record.fault = fault.code;
  if (fault.cause !== undefined) record.detail ??= describe(fault.cause);
  const ai = record.protocol !== undefined || apiOf(exchange.path) !== undefined;
  return errorResponse(fault, exchange, ai);
}

/** A cause for the log: its message alone, since stacks name nothing an operator could act on. */
function describe(cause: unknown): string {
  return (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)).slice(0, 300);
}
