import type { Config, RouteConfig } from "#config/model.ts";
import type { Host } from "./core/host.ts";
import type { OpenClientStream } from "./core/client-stream.ts";
import type { Transport } from "./core/upstream.ts";
import type { Route } from "./core/route.ts";
import { catalogSources, compileAiRoute, type ContextWindow } from "./compile/ai-route.ts";
import { compileAction } from "./compile/http-route.ts";
import { type AiRoutes, togetherOf } from "./compile/together.ts";
import { compileProviders, type CompiledProvider } from "./compile/providers.ts";
import { createEmbed } from "./compile/embed.ts";
import { compileMcp } from "./compile/mcp.ts";
import { compilePlugins, type PartsOf, type PluginDeps, type RouteParts } from "./compile/plugins.ts";
import type { McpHost } from "./core/mcp/host.ts";
import type { OpenRoute, Services } from "./compile/live-routes.ts";
import type { OpenPlugins } from "./compile/route-plugins.ts";
import type { Tracers } from "./compile/tracers.ts";
import type { Registry } from "./registry.ts";
import type { Retained } from "./retained.ts";
import type { KeyRing } from "./sessions/key-ring.ts";
import { Catalog } from "./traffic/ai/catalog.ts";
import type { FamilyDeps } from "./traffic/ai/family.ts";
import { createAiHandler } from "./traffic/ai/handler.ts";
import { StoredAnswers } from "./traffic/ai/stored/stored-answers.ts";
import { StoredConversations } from "./traffic/ai/stored/stored-conversations.ts";
import type { StoredDeps } from "./traffic/ai/stored/stored-deps.ts";
import type { CoolDown, Recovery } from "./traffic/credential-pool.ts";
import { createConsumers } from "./traffic/consumers.ts";
import { createRouteTable } from "./traffic/route-table.ts";
import type { MirroredCopy } from "./traffic/http/upstream-fetch.ts";
import type { Snapshot } from "./traffic/snapshot.ts";

/** What a configuration is compiled with. */
export interface CompileDeps {
  readonly registry: Registry;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly transport: Transport;
  readonly openStream: OpenClientStream;
  readonly connectWebSocket: Host["connectWebSocket"];
  readonly onCoolDown?: (coolDown: CoolDown) => void;
  readonly onRecovery?: (recovery: Recovery) => void;
  readonly onMirrored?: (copy: MirroredCopy) => void;
  readonly retained: Retained;
  /** What is running: parts that did not change are taken from it. */
  readonly before?: Snapshot | undefined;
  readonly mcp: McpHost;
  readonly plugins: PluginDeps;
  readonly tracers: Tracers;
  /** The file that the paths in a configuration start from. */
  readonly configFile?: string;
  readonly random: () => number;
  /** Left out: none is known. */
  readonly contextWindow?: ContextWindow;
  /** True where `fetch` decodes bodies whatever it is told. */
  readonly decodesBodies: boolean;
}

/** Turns a checked configuration into behaviour. Throws an Error that names the route or provider that cannot be built. */
export async function compile(config: Config, { before, ...deps }: CompileDeps): Promise<Snapshot> {
  const release: (() => void)[] = [];
  try {
    // Routes outlive their configuration and hold what they are made with: with the snapshot before, all there ever were would stay.
    return await build(config, deps, release, before?.routes);
  } catch (error) {
    for (const run of release) run();
    throw error;
  }
}

/** `release` collects what gives up the hold on state that outlives a snapshot. */
async function build(
  config: Config,
  deps: CompileDeps,
  release: (() => void)[],
  before: Snapshot["routes"] | undefined,
): Promise<Snapshot> {
  const { registry, retained, fetch, onCoolDown = () => {}, onRecovery = () => {} } = deps;
  const providers = compileProviders(config, {
    definitions: registry.providers,
    retained,
    fetch,
    transport: deps.transport,
    openStream: deps.openStream,
    onCoolDown,
    onRecovery,
  });
  release.push(() => {
    for (const { pool } of providers.values()) pool.close();
  });
  const keyRing = retained.keyRing(config.sessions.keys);
  retained.clients.idleTimeout = idleLimit(config);
  const { routeTimeout } = config.downstream;
  const shared = [config.sessions, routeTimeout, config.upstream.idleTimeout];
  const prepared = await retained.routes.prepare(config, shared, (route, services) =>
    openRoute(inTime(route, routeTimeout), services, keyRing, deps),
  );
  // What is in use goes on until other routes take its place.
  let active = false;
  release.push(() => active || prepared.discard());
  const ai: AiRoutes = new Map();
  const own = prepared.open.map(
    ({ route, plugins }, index) =>
      route ?? compileAi(config.routes[index] as RouteConfig, plugins, config, { providers, deps, ai }),
  );
  const mcp = await compileMcp(config, deps, { embed: createEmbed(providers, aiDeps(config, deps), deps.random) });
  release.push(() => void mcp.discard());
  const routes = [...own, ...mcp.routes];
  const plugged = config.plugins.length > 0 || prepared.plugged;
  const plugins = plugged ? await compilePlugins(config.plugins, deps.plugins) : undefined;
  if (plugins !== undefined) release.push(() => plugins.release());
  const catalog = new Catalog(catalogSources(config, providers, deps.contextWindow ?? unknownWindow), {
    fetch,
    clock: retained.clock,
  });
  return {
    routes: createRouteTable(routes, before),
    plugins: plugins?.chains(partsOf),
    tracer: deps.tracers.take(config.tracing),
    pluginFailures: plugins?.failures ?? [],
    consumers: await createConsumers(config.consumers),
    hasPublic: [...ai.keys()].some((route) => route.public),
    models: {
      name: "models",
      match: { hosts: ["*"], path: { prefix: "/" } },
      ai: true,
      public: [...ai.keys()].every((route) => route.public),
      handle: (exchange) => catalog.handle(exchange),
    },
    together: togetherOf(ai, (options) => createAiHandler(options, aiDeps(config, deps))),
    maxBodyBytes: Math.max(0, ...Array.from(ai.keys(), (route) => partsOf(route).maxBodySize ?? 0)),
    files: new Map([...mcp.files, ...(plugins?.files ?? [])]),
    activate() {
      active = true;
      prepared.commit();
      mcp.activate();
      deps.transport.keepIdle?.(idleLimit(config));
      retained.callouts.use(prepared.services);
    },
    retire() {
      for (const run of release) run();
    },
  };
}

/** How long connections to services are kept without a request; as usual where they would be kept for ever, since peers do not. */
function idleLimit({ upstream: { idleTimeout = 0 } }: Config): number | undefined {
  return idleTimeout === 0 ? undefined : idleTimeout;
}

/** Where what outlives a request is kept. */
function storedDeps({ storedResponses }: Config, { store }: Retained): StoredDeps {
  if (storedResponses === false) return { store };
  return {
    store,
    answers: new StoredAnswers(store, storedResponses),
    conversations: new StoredConversations(store, storedResponses),
  };
}

function unknownWindow(): undefined {}

/** What plugins go by, of routes at work. */
const partsKnown = new WeakMap<Route, RouteParts>();

/** MCP servers' routes ask nobody, and have no plugins of their own. */
const NO_PARTS: RouteParts = { services: [], own: [] };

const partsOf: PartsOf = (route) => partsKnown.get(route) ?? NO_PARTS;

/** What plugins go by, of a route with these plugins of its own. */
export function routeParts({ ai, http, maxBodySize }: RouteConfig, own: RouteParts["own"]): RouteParts {
  const providers = ai?.upstreams.map(({ provider }) => provider) ?? [];
  return { services: [...providers, ...(http?.services.map(({ name }) => name) ?? [])], maxBodySize, own };
}

/** What AI routes are made of. */
interface AiParts {
  readonly providers: ReadonlyMap<string, CompiledProvider>;
  readonly deps: CompileDeps;
  /** Gets what the route does. */
  readonly ai: AiRoutes;
}

function compileAi(
  route: RouteConfig,
  own: RouteParts["own"],
  config: Config,
  { providers, deps, ai }: AiParts,
): Route {
  if (route.ai === undefined) throw new Error(`The route '${route.name}' does nothing.`);
  const options = compileAiRoute(route, route.ai, providers, deps.random);
  const compiled: Route = { ...placeOf(route), ai: true, handle: createAiHandler(options, aiDeps(config, deps)) };
  ai.set(compiled, options);
  partsKnown.set(compiled, routeParts(route, own));
  return compiled;
}

/** The route with the deadline that holds where it says nothing. */
function inTime(route: RouteConfig, timeout: number | undefined): RouteConfig {
  if (timeout === undefined || route.http === undefined || route.http.timeout !== undefined) return route;
  return { ...route, http: { ...route.http, timeout } };
}

function openRoute(
  route: RouteConfig,
  services: Services,
  keyRing: KeyRing,
  deps: CompileDeps,
): OpenRoute | Promise<OpenRoute> {
  const { ofRoutes } = deps.plugins;
  if ((route.plugins?.length ?? 0) === 0) return opened(route, NO_PLUGINS, services, keyRing, deps);
  return ofRoutes.open(route).then((own) => {
    try {
      return opened(route, own, services, keyRing, deps);
    } catch (error) {
      own.close();
      throw error;
    }
  });
}

const NO_PLUGINS: OpenPlugins = { plugins: [], close() {} };

function opened(
  route: RouteConfig,
  own: OpenPlugins,
  services: Services,
  keyRing: KeyRing,
  deps: CompileDeps,
): OpenRoute {
  const { plugins } = own;
  if (route.ai !== undefined) return own;
  const { fetch, retained, random, connectWebSocket, decodesBodies, onMirrored } = deps;
  const { clock, endpoints: health, clients } = retained;
  const world = { fetch, clock, random, health, clients, keyRing, decodesBodies, connectWebSocket, onMirrored };
  const action = compileAction(route, services, world);
  const { handle, hosts, lease } = action;
  const whither = hosts === undefined || lease === undefined ? {} : { hosts, lease };
  const compiled: Route = { ...placeOf(route), ai: false, handle, ...whither };
  partsKnown.set(compiled, routeParts(route, plugins));
  return {
    route: compiled,
    plugins,
    close() {
      action.close();
      own.close();
    },
  };
}

/** Routes of Kubernetes objects hide their methods, as the Gateway API and Envoy want it. */
function placeOf({
  name,
  match,
  public: open,
  origin,
}: RouteConfig): Pick<Route, "name" | "match" | "public" | "hidesMethods"> {
  return { name, match, public: open, ...(origin === undefined ? {} : { hidesMethods: true }) };
}

function aiDeps(config: Config, deps: CompileDeps): FamilyDeps {
  const { fetch, transport, openStream, retained, connectWebSocket } = deps;
  const { clock, reach, deadlines } = retained;
  return { fetch, transport, openStream, clock, reach, deadlines, connectWebSocket, ...storedDeps(config, retained) };
}
