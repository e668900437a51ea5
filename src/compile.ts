import type { Config, RouteConfig, ServiceConfig } from "#config/model.ts";
import type { Host } from "./core/host.ts";
import type { OpenClientStream } from "./core/client-stream.ts";
import type { Transport } from "./core/upstream.ts";
import type { Route } from "./core/route.ts";
import { catalogSources, compileAiRoute, type ContextWindow } from "./compile/ai-route.ts";
import { compileAction, partsOf } from "./compile/http-route.ts";
import { CalloutServices } from "./compile/callout-services.ts";
import { type AiRoutes, togetherOf } from "./compile/together.ts";
import { compileProviders, type CompiledProvider } from "./compile/providers.ts";
import { createEmbed } from "./compile/embed.ts";
import { compileMcp } from "./compile/mcp.ts";
import { compilePlugins, type PluginDeps } from "./compile/plugins.ts";
import type { McpHost } from "./core/mcp/host.ts";
import type { OpenRoute, TakenRoutes } from "./compile/route-cache.ts";
import type { Registry } from "./registry.ts";
import type { Retained } from "./retained.ts";
import { createKeyRing, type KeyRing } from "./sessions/key-ring.ts";
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
  /** The file that the paths in a configuration start from. */
  readonly configFile?: string;
  readonly random: () => number;
  /** Left out: none is known. */
  readonly contextWindow?: ContextWindow;
  /** True where `fetch` decodes bodies whatever it is told. */
  readonly decodesBodies: boolean;
}

/** What routes that are not AI are compiled with. */
interface HttpDeps extends CompileDeps {
  /** Seals sessions. */
  readonly keyRing: KeyRing;
  readonly services: ReadonlyMap<string, ServiceConfig>;
  /** What this configuration holds of the routes that others have as well. */
  readonly taken: TakenRoutes;
}

/** Turns a checked configuration into behaviour. Throws an Error that names the route or provider that cannot be built. */
export async function compile(config: Config, deps: CompileDeps): Promise<Snapshot> {
  const release: (() => void)[] = [];
  try {
    return await build(config, deps, release);
  } catch (error) {
    for (const run of release) run();
    throw error;
  }
}

/** `release` collects what gives up the hold on state that outlives a snapshot. */
async function build(config: Config, deps: CompileDeps, release: (() => void)[]): Promise<Snapshot> {
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
  const ai: AiRoutes = new Map();
  const keyRing = createKeyRing({ secrets: config.sessions.keys, store: retained.store, clock: retained.clock });
  retained.clients.idleTimeout = idleLimit(config);
  const taken = retained.routes.begin([config.services, config.sessions, config.downstream, config.upstream]);
  release.push(() => taken.release());
  const services = new Map(config.services.map((one) => [one.name, one]));
  const http: HttpDeps = { ...deps, keyRing, services, taken };
  const routes = config.routes.map((route) => compileRoute(route, config, providers, http, ai));
  const mcp = await compileMcp(config, deps, { embed: createEmbed(providers, aiDeps(config, deps), deps.random) });
  release.push(() => void mcp.discard());
  routes.push(...mcp.routes);
  const plugins = await compilePlugins(config, deps.plugins);
  if (plugins !== undefined) release.push(() => plugins.release());
  const callouts = new CalloutServices(config.services, retained.clients);
  release.push(() => callouts.close());
  const catalog = new Catalog(catalogSources(config, providers, deps.contextWindow ?? unknownWindow), {
    fetch,
    clock: retained.clock,
  });
  return {
    routes: createRouteTable(routes, deps.before?.routes),
    plugins: plugins?.chains(servicesOf(config, routes)),
    pluginFailures: plugins?.failures ?? [],
    consumers: await createConsumers(config.consumers),
    hasPublic: routes.some((route) => route.ai && route.public),
    models: {
      name: "models",
      match: { hosts: ["*"], path: { prefix: "/" } },
      ai: true,
      public: routes.every((route) => !route.ai || route.public),
      handle: (exchange) => catalog.handle(exchange),
    },
    together: togetherOf(ai, (options) => createAiHandler(options, aiDeps(config, deps))),
    maxBodyBytes: Math.max(0, ...config.routes.map(({ ai, maxBodySize = 0 }) => (ai === undefined ? 0 : maxBodySize))),
    files: new Map([...mcp.files, ...(plugins?.files ?? [])]),
    activate() {
      mcp.activate();
      deps.transport.keepIdle?.(idleLimit(config));
      deps.plugins.runtime.services = (name) => callouts.find(name);
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

/** Whom each route asks, by name: plugins may be configured by it. */
export function servicesOf(
  { routes: written }: Config,
  routes: readonly Route[],
): ReadonlyMap<Route, readonly string[]> {
  const named = new Map(written.map(({ name, ai, http }) => [name, upstreamsOf(ai, http)]));
  return new Map(routes.map((route) => [route, named.get(route.name) ?? []]));
}

function upstreamsOf(ai: RouteConfig["ai"], http: RouteConfig["http"]): readonly string[] {
  return [...(ai?.upstreams.map(({ provider }) => provider) ?? []), ...(http?.services.map(({ name }) => name) ?? [])];
}

function compileRoute(
  route: RouteConfig,
  config: Config,
  providers: ReadonlyMap<string, CompiledProvider>,
  deps: HttpDeps,
  ai: AiRoutes,
): Route {
  if (route.ai === undefined) {
    const { routeTimeout } = config.downstream;
    const { idleTimeout } = config.upstream;
    const parts = (): readonly unknown[] => [
      config.sessions,
      routeTimeout,
      idleTimeout,
      ...partsOf(route, deps.services),
    ];
    const open = (): OpenRoute => openRoute(inTime(route, routeTimeout), deps);
    return deps.taken.take(route, parts, open);
  }
  const options = compileAiRoute(route, route.ai, providers, deps.random);
  const compiled: Route = { ...placeOf(route), ai: true, handle: createAiHandler(options, aiDeps(config, deps)) };
  ai.set(compiled, options);
  return compiled;
}

/** The route with the deadline that holds where it says nothing. */
function inTime(route: RouteConfig, timeout: number | undefined): RouteConfig {
  if (timeout === undefined || route.http === undefined || route.http.timeout !== undefined) return route;
  return { ...route, http: { ...route.http, timeout } };
}

function openRoute(route: RouteConfig, deps: HttpDeps): OpenRoute {
  const { fetch, retained, random, connectWebSocket, decodesBodies, keyRing, services, onMirrored } = deps;
  const { clock, endpoints: health, clients } = retained;
  const world = { fetch, clock, random, health, clients, keyRing, decodesBodies, connectWebSocket, onMirrored };
  const action = compileAction(route, services, world);
  const { handle, hosts } = action;
  return {
    route: { ...placeOf(route), ai: false, handle, ...(hosts === undefined ? {} : { hosts }) },
    close: () => action.close(),
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
