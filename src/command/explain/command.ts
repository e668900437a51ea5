import { parseArgs } from "node:util";
import type { Config, RouteConfig } from "#config/model.ts";
import { isOfRegistry } from "#config/registries/service-name.ts";
import { routeParts } from "#src/compile.ts";
import { compilePlugins } from "#src/compile/plugins.ts";
import { RoutePlugins } from "#src/compile/route-plugins.ts";
import { systemClock } from "#src/core/clock.ts";
import { PHASES } from "#src/core/plugin.ts";
import type { Route } from "#src/core/route.ts";
import type { Subcommand, SubcommandWorld } from "#src/core/subcommand.ts";
import { choiceAt } from "#src/plugin-host/chain.ts";
import { createLoader } from "#src/plugin-host/loader.ts";
import { PluginRuntime } from "#src/plugin-host/runtime.ts";
import { registry } from "#src/registry.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { normalizeHost } from "#src/traffic/host-index.ts";
import { normalizePath } from "#src/traffic/normalize-path.ts";
import { loaderWorld } from "../loader-world.ts";
import { type Explained, readConfiguration, type Sources } from "./configuration.ts";
import { envoyLines } from "./envoy-line.ts";
import { type AskedRequest, findRoute, type FoundRoute } from "./find-route.ts";

const OPTIONS = {
  config: { type: "string", short: "c" },
  resources: { type: "string", multiple: true },
  kube: { type: "boolean", default: false },
  kubeconfig: { type: "string" },
  request: { type: "string", short: "r" },
  header: { type: "string", short: "H", multiple: true },
  model: { type: "string", short: "m" },
  listener: { type: "string", short: "l" },
} as const;

const USAGE = `  sluice explain --request 'GET https://host/path' [--config FILE] [--resources DIR] [--kube [--kubeconfig FILE]]
                 [--header 'name: value'] [--model MODEL] [--listener NAME]
      Says which route, plugins and upstream a request takes, and why; with Kubernetes objects also which of them it is by.
`;

/** `sluice explain`. */
export const explainCommand: Subcommand = {
  name: "explain",
  usage: USAGE,
  async run(args, world) {
    const asked = readArguments(args);
    if (typeof asked === "string") {
      world.tell(`sluice explain: ${asked}\n\n${USAGE}`);
      return 2;
    }
    try {
      const read = await readConfiguration(asked.sources, silent);
      if (!("config" in read)) {
        world.tell(`${read.join("\n")}\n`);
        return 1;
      }
      const { config, originOf, unread } = read;
      for (const { place, message } of unread) world.tell(`${place}: ${message}\n`);
      const request = { ...asked.request, listener: asked.listener ?? listenerFor(asked.url, config)?.name };
      const found = findRoute(config, request);
      world.print(
        [
          ...routeLines(config, request, found, originOf),
          ...(await placeLines(config, asked, found.route, world)),
          ...(await pluginLines(config, asked, found.route, world)),
          "",
        ].join("\n"),
      );
      return found.route === undefined ? 1 : 0;
    } catch (error) {
      world.tell(`sluice explain: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  },
};

interface Asked {
  readonly sources: Sources;
  readonly request: AskedRequest;
  readonly url: URL;
  readonly listener: string | undefined;
}

/** The listener that a client would come to: that of its port, else the first for its scheme, as behind a forwarded port. */
function listenerFor({ protocol, port }: URL, { listeners }: Config): Config["listeners"][number] | undefined {
  const secure = protocol === "https:";
  const wanted = port === "" ? (secure ? 443 : 80) : Number(port);
  return listeners.find((one) => one.port === wanted) ?? listeners.find(({ tls }) => (tls !== undefined) === secure);
}

/** The arguments, or what is wrong with them. */
function readArguments(args: readonly string[]): Asked | string {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const [method = "", address = ""] = (values.request ?? "").trim().split(/\s+/);
  const url = URL.parse(address);
  if (!/^[A-Z]+$/i.test(method) || url === null)
    return "--request is a method and a URL, as in 'GET https://host/path'";
  const headers = new Headers({ host: url.host });
  for (const line of values.header ?? []) {
    const colon = line.indexOf(":");
    if (colon < 1) return `--header is 'name: value', not '${line}'`;
    headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  const host = normalizeHost(url.host);
  const path = normalizePath(url.pathname);
  const secure = url.protocol === "https:";
  const request = {
    host,
    path,
    method: method.toUpperCase(),
    headers,
    search: url.search,
    secure,
    model: values.model,
  };
  const { config: file, resources: folders = [], kubeconfig } = values;
  const sources = { file, folders, kube: values.kube || kubeconfig !== undefined, kubeconfig };
  return { sources, request, url, listener: values.listener };
}

function routeLines(
  { routes, services }: Config,
  { method, host, path }: AskedRequest,
  { route, needsModel, others }: FoundRoute,
  originOf: Explained["originOf"],
): string[] {
  const lines = [`${method} ${host}${path}`];
  if (route !== undefined) {
    const written = routes.find(({ name }) => name === route.name);
    lines.push(
      `route ${route.name}: matches ${JSON.stringify(route.match)}`,
      ...originLines(originOf(route.name)),
      ...(written === undefined ? [] : upstreamLines(written, services)),
    );
  } else if (needsModel) lines.push("no route yet: the model in the body decides; tell it with --model");
  else lines.push("no route: the answer is 404, or 405 where another method has one");
  return [...lines, ...others.map(({ name, why }) => `  not ${name}: ${why}`)];
}

/** The object it is by, and what of it is not as it says. */
function originLines(origin: ReturnType<Explained["originOf"]>): string[] {
  if (origin === undefined) return [];
  const findings = origin.findings.map(({ severity, field, message, hint }) => {
    const what = hint === undefined ? message : `${message} (${hint})`;
    return `    ${severity}: ${field === "" ? "" : `${field} `}${what}`;
  });
  return [`  by ${origin.resource}`, ...findings];
}

/** Where the route is answered, with Envoy in front. */
function placeLines(
  config: Config,
  { sources: { file }, request: { host } }: Asked,
  route: Route | undefined,
  world: SubcommandWorld,
): Promise<readonly string[]> {
  if (route === undefined) return Promise.resolve([]);
  const { modules } = loaderWorld(world, file, systemClock, silent);
  return envoyLines(config, { host, route: route.name }, modules);
}

const silent = { info() {}, warn() {}, error() {} };

function upstreamLines({ ai, http, redirect, response }: RouteConfig, services: Config["services"]): string[] {
  if (ai !== undefined) {
    const named = (list: readonly { readonly provider: string; readonly model?: string }[]): string =>
      list.map(({ provider, model }) => (model === undefined ? provider : `${provider} (${model})`)).join(", ");
    const then = ai.fallback === undefined ? "" : `, then ${named(ai.fallback.upstreams)}`;
    return [`  asks ${named(ai.upstreams)}${then}`];
  }
  if (http !== undefined) {
    const { fallback, mirror = [] } = http;
    const asked = http.services.map(({ name, weight }) => {
      const endpoints = services.find((one) => one.name === name)?.endpoints ?? [];
      const none = isOfRegistry(name) ? "its registry is not asked here" : "no endpoint, so 503";
      const where = endpoints.length === 0 ? none : endpoints.map((one) => `${one.host}:${one.port}`).join(", ");
      return `  asks ${name} (weight ${weight}): ${where}`;
    });
    const after = fallback?.on.length ? ` or after ${fallback.on.join(", ")}` : "";
    const instead = fallback === undefined ? [] : [`  else asks ${fallback.service}: without an endpoint${after}`];
    return [...asked, ...instead, ...mirror.map(({ service, percent }) => `  copies ${percent} % to ${service}`)];
  }
  return [
    redirect === undefined ? `  answers ${response?.status ?? 200} itself` : `  redirects with ${redirect.status}`,
  ];
}

/** The plugins in their order, and what of their entries holds. */
async function pluginLines(
  config: Config,
  { sources: { file }, request }: Asked,
  route: Route | undefined,
  world: SubcommandWorld,
): Promise<string[]> {
  const log = {
    info() {},
    warn: (message: string) => world.tell(`${message}\n`),
    error: (message: string) => world.tell(`${message}\n`),
  };
  const runtime = new PluginRuntime({
    clock: systemClock,
    log,
    store: createMemoryStore({ clock: systemClock }),
    random: Math.random,
    fetch: (url, init) => world.fetch(url, init),
    metrics: { hook: () => () => {}, failed() {}, calledOut() {}, metric: () => ({ value: 0, add() {}, record() {} }) },
  });
  const load = createLoader(loaderWorld(world, file, systemClock, log), systemClock);
  const builtIn = registry.plugins;
  const ofRoutes = new RoutePlugins(builtIn, runtime);
  const written = config.routes.find(({ name }) => name === route?.name);
  if (config.plugins.length === 0 && config.routes.every((one) => one.plugins === undefined)) return ["plugins: none"];
  const plugins = await compilePlugins(config.plugins, { runtime, builtIn, load, ofRoutes });
  const own = await ofRoutes.open(written ?? { name: "" });
  const parts = written === undefined ? { services: [], own: [] } : routeParts(written, own.plugins);
  try {
    const chains = plugins.chains(() => parts);
    const lines = chains.chainOf(route).slots.flatMap((slot) => {
      const choice = choiceAt(slot, request.host);
      if (choice === undefined) return [];
      const phase = slot.phase === PHASES[3] ? "default" : slot.phase;
      const off = choice.link === undefined ? "off, " : "";
      const { broken, failStrategy } = choice.link ?? {};
      const why = broken === undefined ? "" : `; broken, so that ${failStrategy} holds: ${broken}`;
      return [`  ${slot.name} (${phase}), ${off}by its ${choice.from}${why}`];
    });
    return lines.length === 0 ? ["plugins: none here"] : ["plugins, in order:", ...lines];
  } finally {
    own.close();
    plugins.release();
    await runtime.close();
  }
}
