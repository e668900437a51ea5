import { configSchema } from "#config/model.ts";
import { systemClock } from "#src/core/clock.ts";
import type { LogFields } from "#src/core/log.ts";
import { createGateway } from "#src/gateway.ts";
import type { LoaderWorld } from "#src/plugin-host/loader.ts";
import { registry } from "#src/registry.ts";
import type { CaseAnswer, ExpectedRequest, PluginCase } from "./cases.ts";

/** What a plugin has done to one request. */
export interface Outcome {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Undefined: the upstream was not asked. */
  readonly upstream: Asked | undefined;
  /** `requestHeaders`, `callout POST http://auth.example.com/check`, `log warn who are you?`, `failed requestBody`, … */
  readonly trace: readonly string[];
}

/** A request that somebody outside was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** The upstream's origin, which nobody else can have. */
const UPSTREAM = "http://upstream.invalid";

/** Sends a case's request through a gateway with nothing but this plugin, in a world of the case's own. */
export async function runCase(
  { request, upstream, callouts, config }: PluginCase,
  plugin: { readonly url: string; readonly config: Readonly<Record<string, unknown>> },
  loader: LoaderWorld,
): Promise<Outcome> {
  const trace: string[] = [];
  let asked: Asked | undefined;
  const line = (level: string) => (message: string, fields?: LogFields) => {
    if (fields?.["hook"] === undefined) trace.push(`log ${level} ${message}`);
    else trace.push(`failed ${String(fields["hook"])}: ${String(fields["error"])}`);
  };
  const gateway = createGateway({
    registry,
    clock: systemClock,
    loader,
    async fetch(url, init) {
      const sent = new Request(url, init);
      const { origin, pathname, search } = new URL(url);
      if (origin === UPSTREAM) {
        asked = { method: sent.method, path: pathname + search, headers: sent.headers, body: await sent.text() };
        return responseOf(upstream);
      }
      trace.push(`callout ${sent.method} ${url}`);
      const answer = callouts[new URL(url).hostname] ?? callouts[origin];
      if (answer === undefined) throw new TypeError("Nobody is there.");
      return responseOf(answer);
    },
    decodesBodies: false,
    connectWebSocket() {
      throw new Error("There are no WebSockets in a test.");
    },
    observers: [],
    log: { info: line("info"), warn: line("warn"), error: line("error") },
    pluginMetrics: {
      hook: (_, hook) => () => void trace.push(hook),
      failed() {},
      calledOut() {},
      metric: () => ({ value: 0, add() {}, record() {} }),
    },
  });
  const services = Object.keys(callouts).filter((name) => !name.includes("://"));
  try {
    await gateway.apply(
      configSchema(registry.providers, registry).parse({
        services: [
          { name: "upstream", endpoints: [new URL(UPSTREAM).host] },
          ...services.map((name) => ({ name, endpoints: [`${name}:80`] })),
        ],
        routes: [{ name: "test", match: { path: { prefix: "/" } }, http: { services: [{ name: "upstream" }] } }],
        plugins: [{ name: "plugin", url: plugin.url, config: config ?? plugin.config, callouts: ["*"] }],
      }),
    );
    const { method, path, headers, body } = request;
    const response = await gateway.fetch(
      new Request(`http://gateway.invalid${path}`, { method, headers, ...(body === undefined ? {} : { body }) }),
      { secure: false, remoteAddress: "127.0.0.1" },
    );
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text, upstream: asked, trace };
  } finally {
    await gateway.close();
  }
}

function responseOf({ status, headers, body }: CaseAnswer): Response {
  return new Response(body === "" ? null : body, { status, headers });
}

/** How an outcome differs from what was expected, a line each. */
export function differences({ expect }: PluginCase, outcome: Outcome): string[] {
  const { upstream, trace } = expect;
  return [
    ...differs("status", expect.status, outcome.status),
    ...headersDiffer("header", expect.headers, outcome.headers),
    ...differs("body", expect.body, outcome.body),
    ...(upstream === undefined ? [] : upstreamDiffers(upstream, outcome.upstream)),
    ...differs("trace", trace?.join("\n    "), outcome.trace.join("\n    ")),
  ];
}

function upstreamDiffers(expected: ExpectedRequest | null, asked: Asked | undefined): string[] {
  if (expected === null) return asked === undefined ? [] : ["the upstream was asked"];
  if (asked === undefined) return ["the upstream was not asked"];
  return [
    ...differs("upstream's method", expected.method, asked.method),
    ...differs("upstream's path", expected.path, asked.path),
    ...headersDiffer("upstream's header", expected.headers, asked.headers),
    ...differs("upstream's body", expected.body, asked.body),
  ];
}

function headersDiffer(
  what: string,
  expected: Readonly<Record<string, string | null>> | undefined,
  headers: Headers,
): string[] {
  return Object.entries(expected ?? {}).flatMap(([name, value]) =>
    differs(`${what} ${name}`, value, headers.get(name)),
  );
}

function differs(what: string, expected: string | number | null | undefined, found: string | number | null): string[] {
  return expected === undefined || expected === found
    ? []
    : [`${what}: expected ${shown(expected)}\n    found ${shown(found)}`];
}

function shown(value: string | number | null): string {
  return value === null
    ? "nothing"
    : typeof value === "number" || value.includes("\n")
      ? String(value)
      : JSON.stringify(value);
}
