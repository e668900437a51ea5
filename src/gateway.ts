import type { Config, PluginConfig } from "#config/model.ts";
import type { Clock } from "./core/clock.ts";
import type { Connection } from "./core/exchange.ts";
import { Fault } from "./core/fault.ts";
import type { Host } from "./core/host.ts";
import type { McpActive, McpSessionEnd } from "./core/mcp/host.ts";
import type { Observer } from "./core/observer.ts";
import type { Store } from "./core/store.ts";
import type { Log } from "./core/log.ts";
import { type OpenClientStream, openWebStream } from "./core/client-stream.ts";
import type { Transport } from "./core/upstream.ts";
import { compile } from "./compile.ts";
import { Tracers } from "./compile/tracers.ts";
import type { PluginDeps } from "./compile/plugins.ts";
import { RoutePlugins } from "./compile/route-plugins.ts";
import type { PluginKind } from "./plugin-host/kind.ts";
import { patientLoader } from "./plugin-host/patient-loader.ts";
import { createLoader, type LoaderWorld } from "./plugin-host/loader.ts";
import { type PluginMetrics, PluginRuntime, type PluginWorld } from "./plugin-host/runtime.ts";
import type { Registry } from "./registry.ts";
import { createRetained } from "./retained.ts";
import { ActiveRequests } from "./traffic/active.ts";
import type { CoolDown, Recovery } from "./traffic/credential-pool.ts";
import type { MirroredCopy } from "./traffic/http/upstream-fetch.ts";
import { FetchTransport } from "./traffic/fetch-transport.ts";
import { type Door, openDoor } from "./compile/door.ts";
import { createRouter } from "./traffic/router.ts";
import type { PluginFailure, Snapshot } from "./traffic/snapshot.ts";

/** What a gateway is made of: everything it needs of the world comes in here. */
export interface GatewayOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** How providers are asked; by `fetch` when left out. */
  readonly transport?: Transport;
  /** How streamed answers reach clients; as the standard's streams when left out. */
  readonly openStream?: OpenClientStream;
  /** Left out on hosts that have none. */
  readonly probe?: Host["probe"];
  /** Left out on hosts that have nothing but `fetch`. */
  readonly openServiceClient?: Host["openServiceClient"];
  /** True where `fetch` decodes bodies whatever it is told, and leaves `content-encoding` on them (Deno). */
  readonly decodesBodies: boolean;
  readonly connectWebSocket: Host["connectWebSocket"];
  readonly observers: readonly Observer[];
  readonly log: Log;
  /** Shared by replicas; left out: this gateway is alone. */
  readonly store?: Store;
  readonly onCoolDown?: (coolDown: CoolDown) => void;
  readonly onRecovery?: (recovery: Recovery) => void;
  readonly onMirrored?: (copy: MirroredCopy) => void;
  readonly onMcpSessionEnd?: (end: McpSessionEnd) => void;
  /** Reads a file that MCP servers are made of; left out on hosts without files. */
  readonly readFile?: (path: string) => string;
  /** The file that the paths in a configuration start from. */
  readonly configFile?: string;
  /** Where what plugins cost and count goes; left out: nowhere. */
  readonly pluginMetrics?: PluginMetrics;
  /** Left out on hosts that have no way to a Redis. */
  readonly openRedis?: PluginWorld["openRedis"];
  /** Where plugins with a `url` come from; left out on hosts that can load none. */
  readonly loader?: LoaderWorld;
  /** The most tokens of a conversation with a model of a provider, by the provider's id; left out: none is known. */
  readonly contextWindow?: (provider: string, model: string) => number | undefined;
}

/** A gateway: one live snapshot, and the requests on their way through it. */
export interface Gateway {
  /** Answers a request. Never rejects. */
  fetch(request: Request, connection: Connection): Response | Promise<Response>;
  /** Compiles a configuration whole, then moves to it. When it throws, nothing has changed. */
  apply(config: Config): Promise<void>;
  /** The files that the running configuration's MCP servers and plugins are made of, by absolute path. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** Plugins of the running configuration that could not be set to work, and are not required. */
  readonly pluginFailures: readonly PluginFailure[];
  readonly active: ActiveRequests;
  readonly activeMcp: McpActive;
  readonly draining: boolean;
  /** Refuses new requests; resolves when those under way are over. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** A gateway that refuses everything until its first `apply`. */
export function createGateway(options: GatewayOptions): Gateway {
  const { clock, store, log, observers } = options;
  const retained = createRetained({ clock, log, ...(store === undefined ? {} : { store }) }, options);
  const transport: Transport = options.transport ?? new FetchTransport(options.fetch, retained.reach);
  const openStream = options.openStream ?? openWebStream;
  const { registry, fetch, readFile = noFiles } = options;
  const { store: shared } = retained;
  const world = { clock, log, store: shared, fetch, transport, random: Math.random, openStream, readFile };
  const mcp = registry.createMcpHost(registry, { ...world, sessionEnded: options.onMcpSessionEnd ?? (() => {}) });
  const runtime = new PluginRuntime({ ...world, metrics: options.pluginMetrics ?? NO_METRICS, ...redisOf(options) });
  runtime.services = (name) => retained.callouts.find(name);
  const load = patientLoader<PluginConfig, PluginKind>(createLoader(options.loader ?? {}, clock), clock);
  const ofRoutes = new RoutePlugins(registry.plugins, runtime);
  const plugins: PluginDeps = { runtime, builtIn: registry.plugins, load, ofRoutes };
  const tracers = new Tracers({
    clock,
    log,
    random: Math.random,
    fetch,
    services: (name) => runtime.services(name),
    clients: retained.clients,
  });
  const active = new ActiveRequests();
  let live: Snapshot | undefined;
  let door: Door | undefined;
  let draining = false;
  /** One configuration after the other: each is made of the one before. */
  let turn: Promise<void> = Promise.resolve();

  const refusal = (request: Request): Fault | undefined => (draining ? refused() : door?.refusal(request));
  const route = createRouter({ clock, observers, active, refusal });

  const move = async (config: Config): Promise<void> => {
    const opened = await openDoor(config);
    const next = await compile(config, {
      ...options,
      transport,
      openStream,
      retained,
      before: live,
      mcp,
      plugins,
      tracers,
      random: Math.random,
    });
    const before = live;
    [live, door] = [next, opened];
    next.activate();
    before?.retire();
  };

  return {
    active,
    get activeMcp() {
      return mcp.active;
    },
    get files() {
      return live?.files ?? new Map<string, string | undefined>();
    },
    get pluginFailures() {
      return live?.pluginFailures ?? [];
    },
    get draining() {
      return draining;
    },
    fetch(request, connection) {
      if (live === undefined) return new Response("The gateway is starting.", { status: 503 });
      if (door === undefined) return route(live, request, connection);
      const { leave } = door;
      door.enter(request, connection);
      const answer = route(live, request, connection);
      return leave === undefined ? answer : answer.then((response) => leave(request, response));
    },
    apply(config) {
      const applied = turn.then(() => move(config));
      turn = applied.catch(() => {});
      return applied;
    },
    drain() {
      draining = true;
      return active.idle();
    },
    async close() {
      await tracers.close();
      live?.retire();
      await mcp.close();
      await runtime.close();
      transport.close?.();
      await retained.close();
    },
  };
}

/** What plugins count when nobody looks. */
const NO_METRICS: PluginMetrics = {
  hook: () => () => {},
  failed() {},
  calledOut() {},
  metric: () => ({ value: 0, add() {}, record() {} }),
};

function redisOf({ openRedis }: GatewayOptions): Pick<PluginWorld, "openRedis"> {
  return openRedis === undefined ? {} : { openRedis };
}

function noFiles(): never {
  throw new Error("there are no files on this host");
}

function refused(): Fault {
  return new Fault("draining", "The gateway is shutting down; send the request again to another one.", {
    retryAfter: 1,
  });
}
