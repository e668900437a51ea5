import type { Clock } from "../core/clock.ts";
import type { Connection } from "../core/exchange.ts";
import { Fault } from "../core/fault.ts";
import type { Observer } from "../core/observer.ts";
import { apiOf } from "../protocols/api-paths.ts";
import type { ActiveRequests } from "./active.ts";
import { unauthenticated } from "./consumers.ts";
import { errorResponse } from "./error-response.ts";
import { type ExchangeWatcher, LiveExchange } from "./live-exchange.ts";
import { plugged } from "./plugged.ts";
import { routeOf } from "./route-of.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a router needs beyond the snapshot. */
export interface RouterOptions {
  readonly clock: Clock;
  readonly observers: readonly Observer[];
  /** Sees every request under way, from its begin to its end. */
  readonly active: ActiveRequests;
  /** Why a request is not taken, whatever route it is for; undefined when it is. */
  readonly refusal: (request: Request) => Fault | undefined;
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
      record.trace?.end(record);
      for (const observer of observers) observer.done(record);
    },
  };

  return async (snapshot, request, connection) => {
    active.begin();
    const exchange = new LiveExchange(request, connection, clock, watcher);
    const { record } = exchange;
    if (snapshot.tracer !== undefined) record.trace = snapshot.tracer.begin(request.headers);
    let response: Response;
    try {
      const refused = refusal(request);
      if (refused !== undefined) throw refused;
      response = await dispatch(snapshot, exchange, clock);
    } catch (thrown) {
      response = failed(thrown, exchange);
    }
    // An upgraded connection has its status already: no Response can say 101.
    if (record.status === 0) record.status = response.status;
    record.headersAt = clock.monotonic();
    response.headers.set("x-request-id", exchange.id);
    exchange.returned();
    return response;
  };
}

async function dispatch(snapshot: Snapshot, exchange: LiveExchange, clock: Clock): Promise<Response> {
  const { consumers, plugins } = snapshot;
  const consumer = consumers.empty ? undefined : await consumers.identify(exchange);
  if (plugins !== undefined) return plugged({ snapshot, plugins, exchange, consumer, clock }, failed);
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
