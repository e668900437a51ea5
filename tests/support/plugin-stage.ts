import { checkValue } from "#config/issues.ts";
import { configSchema } from "#config/model.ts";
import { pluginProblems } from "#config/plugin-checks.ts";
import { type Clock, systemClock } from "#src/core/clock.ts";
import type { AccessRecord } from "#src/core/exchange.ts";
import type { LogFields } from "#src/core/log.ts";
import type { Plugin } from "#src/core/plugin.ts";
import type { Store } from "#src/core/store.ts";
import { createGateway, type Gateway, type GatewayOptions } from "#src/gateway.ts";
import { registry } from "#src/registry.ts";
import { openBunStream } from "#src/serve/bun-stream.ts";
import { FakeUpstream } from "./fake-upstream.ts";

/** What a stage is made of. */
export interface PluginStageOptions {
  /** The entries of `plugins`. */
  readonly plugins: readonly object[];
  /** Plugins beside the built-in ones. */
  readonly extra?: readonly Plugin[];
  /** Other parts of the configuration, once the upstream's addresses are known; its `routes` take the place of the stage's own. */
  readonly config?: (upstream: {
    readonly ai: FakeUpstream;
    readonly http: string;
  }) => Readonly<Record<string, unknown>>;
  /** Answers what comes to the service `backend`. */
  readonly backend?: (request: Request) => Response | Promise<Response>;
  readonly store?: Store;
  readonly clock?: Clock;
  readonly gateway?: Partial<GatewayOptions>;
}

/** A gateway in this process with plugins in front of a service (`/`) and of a fake provider (`/v1/…`, any protocol of a client). */
export interface PluginStage extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly origin: string;
  readonly ai: FakeUpstream;
  readonly records: AccessRecord[];
  readonly logs: { readonly level: string; readonly message: string; readonly fields: LogFields }[];
  /** What the service `backend` was asked. */
  readonly asked: Request[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Moves to other plugins. */
  apply(plugins: readonly object[]): Promise<void>;
}

/** Opens a stage; rejects with an Error that lists what is wrong with the configuration. */
export async function pluginStage(options: PluginStageOptions): Promise<PluginStage> {
  const { extra = [], backend = () => new Response("from the backend"), clock = systemClock } = options;
  const ai = await FakeUpstream.start();
  const asked: Request[] = [];
  const service = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const text = await request.text();
      const { url, method, headers } = request;
      const kept = (): Request => new Request(url, { method, headers, ...(text === "" ? {} : { body: text }) });
      asked.push(kept());
      return backend(kept());
    },
  });
  const records: AccessRecord[] = [];
  const logs: PluginStage["logs"] = [];
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      void logs.push({ level, message, fields });
  const plugins = [...registry.plugins, ...extra];
  const gateway = createGateway({
    registry: { ...registry, plugins },
    clock,
    fetch: (url, init) => fetch(url, init),
    openStream: openBunStream,
    decodesBodies: false,
    connectWebSocket: () => {
      throw new Error("There are no WebSockets here.");
    },
    observers: [{ done: (record) => void records.push(record) }],
    log: { info: line("info"), warn: line("warn"), error: line("error") },
    ...(options.store === undefined ? {} : { store: options.store }),
    ...options.gateway,
  });
  const http = `127.0.0.1:${service.port}`;
  async function apply(entries: readonly object[]): Promise<void> {
    const written = { ...stageConfig(ai, http), ...options.config?.({ ai, http }), plugins: entries };
    const checked = checkValue(configSchema(registry.providers, registry), written);
    const problems = [...("problems" in checked ? checked.problems : []), ...pluginProblems(written, plugins)];
    if (!("data" in checked) || problems.length > 0) {
      throw new Error(problems.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
    }
    await gateway.apply(checked.data);
  }
  const listener = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => gateway.fetch(request, { secure: false, remoteAddress: "127.0.0.1" }),
  });
  const close = async (): Promise<void> => {
    await listener.stop(true);
    await gateway.close();
    await service.stop(true);
    await ai.close();
  };
  try {
    await apply(options.plugins);
  } catch (error) {
    await close();
    throw error;
  }
  const origin = listener.url.origin;
  return {
    gateway,
    origin,
    ai,
    records,
    logs,
    asked,
    apply,
    fetch: (path, init) => fetch(origin + path, init),
    [Symbol.asyncDispose]: close,
  };
}

function stageConfig(ai: FakeUpstream, http: string): object {
  return {
    providers: [{ id: "fake", type: "openai", apiTokens: ["sk-fake"], baseUrl: `${ai.origin}/openai/v1` }],
    services: [{ name: "backend", endpoints: [http] }],
    routes: [
      { name: "chat", match: { path: { prefix: "/v1" } }, ai: { upstreams: [{ provider: "fake" }] } },
      { name: "web", match: { path: { prefix: "/" } }, http: { services: [{ name: "backend" }] } },
    ],
  };
}
