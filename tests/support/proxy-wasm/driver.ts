import {
  type AnswerVerdict,
  type BodyVerdict,
  type Filter,
  type Hooks,
  LocalReply,
  type Verdict,
} from "#src/core/plugin.ts";
import { LiveCall } from "#src/plugin-host/live-call.ts";
import { LiveResponse } from "#src/plugin-host/live-response.ts";
import { createProxyWasmPlugin, type ProxyWasmOptions } from "#src/plugin-host/proxy-wasm/plugin.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { FakeClock } from "../fake-clock.ts";
import { type FakeHostOptions, type FakePluginHost, fakePluginHost } from "../fake-plugin-host.ts";
import { buildAssemblyScript } from "./assemblyscript.ts";

const utf8 = new TextDecoder();
/** Before any test: building it the first time takes longer than one may. */
const PROBE = await Bun.file(await buildAssemblyScript("probe")).bytes();

/** What a probe is made with: what its host does beside, and what it is loaded with. */
export interface ProbeOptions extends ProxyWasmOptions {
  readonly host?: FakeHostOptions;
  /** Another build of it. */
  readonly module?: Uint8Array;
}

/** The probe guest under one configuration. */
export interface Probe extends Disposable {
  readonly host: FakePluginHost;
  readonly filter: Filter;
  /** What the guest has logged. */
  readonly lines: readonly string[];
  /** What its host calls in a callback were answered with: `get 0 :path -> 0 /things`. */
  said(callback: string): readonly string[];
  open(request?: Request): ProbeStream;
}

/** One request at the probe. */
export interface ProbeStream {
  readonly call: LiveCall;
  readonly exchange: LiveExchange;
  readonly hooks: Hooks;
  readonly requestHeaders: () => Promise<Verdict>;
  readonly requestBody: (text: string) => Promise<string | LocalReply | undefined>;
  readonly responseHeaders: (response: Response) => Promise<AnswerVerdict>;
  readonly responseBody: (text: string) => Promise<string | LocalReply | undefined>;
  readonly chunk: (text: string, last?: boolean) => Promise<string>;
  readonly done: () => void;
}

/** Starts the probe with what it is to do; see the guest's own first lines. */
export async function probe(
  script: string,
  { host: hostOptions, module = PROBE, ...options }: ProbeOptions = {},
): Promise<Probe> {
  const plugin = await createProxyWasmPlugin("probe", module, options);
  const host = fakePluginHost({ clock: new FakeClock(), ...hostOptions });
  const filter = await plugin.configure(script, host);
  return {
    host,
    filter,
    get lines() {
      return host.lines.map(({ message }) => message);
    },
    said: (callback) =>
      host.lines
        .map(({ message }) => message)
        .filter((line) => line.startsWith(`${callback}: `))
        .map((line) => line.slice(callback.length + 2)),
    open: (request = new Request("http://api.example.com/things?x=1")) => opened(filter, request, host.clock),
    [Symbol.dispose]: () => plugin.close(),
  };
}

function opened(filter: Filter, request: Request, clock: FakePluginHost["clock"]): ProbeStream {
  if (!("open" in filter)) throw new Error("The filter has no hooks for each request.");
  const watcher = { held() {}, over() {} };
  const exchange = new LiveExchange(request, { secure: true, remoteAddress: "192.0.2.7" }, clock, watcher);
  const call = new LiveCall(exchange, { name: "things", ai: false, mcp: false, services: ["backend"] });
  const hooks = filter.open(call);
  return {
    call,
    exchange,
    hooks,
    requestHeaders: async () => hooks.requestHeaders?.(call),
    requestBody: async (text) => textOf(await hooks.requestBody?.(call, new TextEncoder().encode(text))),
    async responseHeaders(response) {
      call.response = new LiveResponse(response);
      return hooks.responseHeaders?.(call);
    },
    responseBody: async (text) => textOf(await hooks.responseBody?.(call, new TextEncoder().encode(text))),
    async chunk(text, last = false) {
      const chunk = new TextEncoder().encode(text);
      return utf8.decode((await hooks.responseChunk?.(call, chunk, last)) ?? chunk);
    },
    done: () => hooks.done?.(call),
  };
}

function textOf(verdict: BodyVerdict): string | LocalReply | undefined {
  return verdict instanceof Uint8Array ? utf8.decode(verdict) : (verdict ?? undefined);
}

/** A reply as text: status, reason, headers, body. */
export function told(verdict: unknown): string {
  if (!(verdict instanceof LocalReply)) return String(verdict);
  const body = typeof verdict.body === "string" ? verdict.body : utf8.decode(verdict.body);
  const headers = verdict.headers.map(([name, value]) => `${name}=${value}`).join("|");
  return `${verdict.status} ${verdict.reason ?? "-"} ${headers} ${body}`;
}
