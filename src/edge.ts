import { configFromEnvironment } from "#config/environment.ts";
import type { Config } from "#config/model.ts";
import { loadConfig } from "#config/parse.ts";
import { formatError } from "#config/report.ts";
import { systemClock } from "./core/clock.ts";
import type { Connection } from "./core/exchange.ts";
import type { Log, LogFields } from "./core/log.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { accessLine } from "./observe/access-log.ts";
import { CostObserver } from "./observe/cost.ts";
import { createPrices } from "./observe/prices.ts";
import type { LoaderWorld } from "./plugin-host/loader.ts";
import { registry } from "./registry.ts";
import { vendorOf } from "./vendor-of.ts";

/** A worker's variables and secrets: `SLUICE_CONFIG`, a configuration as YAML or JSON text, or the keys known on every host. */
export type EdgeEnvironment = Readonly<Record<string, unknown>>;

/** A worker's entry. */
export interface Worker {
  fetch(request: Request, env: EdgeEnvironment): Promise<Response>;
}

/** Components that were compiled when the worker was built, by the `url` of their entries. */
export type BuiltPlugins = NonNullable<LoaderWorld["built"]>;

/** A worker, with plugins that it was built with. */
export function createWorker(built: BuiltPlugins): Worker {
  /** One gateway an isolate, for the environment it was made of; made by the first request, since a worker starts without one. */
  let live: { readonly env: EdgeEnvironment; readonly gateway: Promise<Gateway> } | undefined;
  return {
    fetch(request, env) {
      if (live?.env !== env) live = { env, gateway: open(texts(env), built) };
      return answer(request, live.gateway);
    },
  };
}

async function answer(request: Request, opening: Promise<Gateway>): Promise<Response> {
  let gateway: Gateway;
  try {
    gateway = await opening;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return Response.json(
      { error: { message: "The gateway is not configured rightly; its log says why." } },
      { status: 500 },
    );
  }
  // A copy's headers can be changed: what came in is the host's own.
  return gateway.fetch(new Request(request), connectionOf(request));
}

const worker: Worker = createWorker(new Map());
export default worker;

/** Bindings of other kinds (stores, services) are not the configuration's affair. */
function texts(env: EdgeEnvironment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

async function open(env: Readonly<Record<string, string>>, built: BuiltPlugins): Promise<Gateway> {
  const config = configOf(env);
  const prices = createPrices(() => config.prices);
  const vendor = (id: string): string => vendorOf(config, registry.providers, id);
  const gateway = createGateway({
    registry,
    clock: systemClock,
    fetch: (url, init) => fetch(url, init),
    decodesBodies: true,
    connectWebSocket() {
      throw new Error("WebSockets to an upstream are not supported on this host.");
    },
    observers: [new CostObserver(prices, vendor), { done: (record) => console.log(accessLine(record)) }],
    log: consoleLog,
    loader: { built },
    contextWindow: (id, model) => prices.contextWindow(vendor(id), model, id),
  });
  await gateway.apply(config);
  return gateway;
}

/** Throws an Error that lists every problem of the configuration. */
function configOf(env: Readonly<Record<string, string>>): Config {
  const text = env["SLUICE_CONFIG"];
  const readFile = (): string => {
    throw new Error("a worker has no files; use ${env:NAME}");
  };
  const result =
    text === undefined
      ? configFromEnvironment(env, registry.providers)
      : loadConfig(text, {
          file: "SLUICE_CONFIG",
          env,
          readFile,
          definitions: registry.providers,
          mcp: registry,
          plugins: registry.plugins,
        });
  if (!result.ok) throw new Error(["SLUICE_CONFIG has problems:", ...result.errors.map(formatError)].join("\n"));
  return result.config;
}

/** The host ends TLS before the worker and tells the client's address in a header that a client cannot set itself. */
function connectionOf(request: Request): Connection {
  const secure = request.url.startsWith("https:");
  const remoteAddress = request.headers.get("cf-connecting-ip");
  return remoteAddress === null ? { secure } : { secure, remoteAddress };
}

function logLine(level: string, message: string, fields: LogFields = {}): void {
  console.log(JSON.stringify({ level, message, ...fields }));
}

const consoleLog: Log = {
  info: (message, fields) => logLine("info", message, fields),
  warn: (message, fields) => logLine("warn", message, fields),
  error: (message, fields) => logLine("error", message, fields),
};
