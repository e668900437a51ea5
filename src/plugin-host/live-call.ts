import type { Call, CallHeaders, CallRequest, CallResponse, CallRoute } from "../core/plugin.ts";
import type { HostLease, UpstreamHost } from "../core/route.ts";
import type { ChainSteps, PluginExchange } from "./chain.ts";
import { attribute } from "./attributes.ts";

/** What plugins may keep for each other at one request, in characters and in number. */
const MAX_PROPERTY = 64 * 1024;
const MAX_PROPERTIES = 256;

/** One request, as its plugins see it. */
export class LiveCall implements Call {
  readonly request: CallRequest & { readonly hasBody: boolean };
  response: CallResponse | undefined;
  route: CallRoute;
  /** A plugin wants the route to be looked up again. */
  rerouting = false;
  readonly #exchange: PluginExchange;
  readonly #steps: Pick<ChainSteps, "hosts" | "lease">;
  #properties: Map<string, string> | undefined;

  constructor(exchange: PluginExchange, route: CallRoute, steps: Pick<ChainSteps, "hosts" | "lease"> = {}) {
    this.#exchange = exchange;
    this.#steps = steps;
    this.route = route;
    this.request = new LiveRequest(exchange);
  }

  get id(): string {
    return this.#exchange.id;
  }

  get connection(): Call["connection"] {
    return this.#exchange.connection;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  get record(): Call["record"] {
    return this.#exchange.record;
  }

  get consumer(): string | undefined {
    return this.#exchange.record.consumer;
  }

  set consumer(name: string | undefined) {
    const { record } = this.#exchange;
    if (name === undefined) delete record.consumer;
    else record.consumer = name;
  }

  property(path: string): string | undefined {
    return this.#properties?.get(path) ?? attribute(path, this);
  }

  setProperty(path: string, value: string | undefined): void {
    this.#properties ??= new Map();
    if (value === undefined) this.#properties.delete(path);
    else {
      if (value.length > MAX_PROPERTY)
        throw new RangeError(`The property ${path} has more than ${MAX_PROPERTY} characters.`);
      if (this.#properties.size >= MAX_PROPERTIES && !this.#properties.has(path)) {
        throw new RangeError(`There are ${MAX_PROPERTIES} properties already.`);
      }
      this.#properties.set(path, value);
    }
    if (path.startsWith("log.")) note(this.#exchange, path.slice("log.".length), value);
  }

  reroute(): void {
    this.rerouting = true;
  }

  upstreamHosts(): readonly UpstreamHost[] {
    return this.#steps.hosts?.() ?? [];
  }

  leaseUpstream(tried: ReadonlySet<string>): HostLease | undefined {
    return this.#steps.lease?.(tried);
  }

  overrideUpstream(address: string): void {
    this.#exchange.upstreamOverride = address;
  }
}

function note({ record }: PluginExchange, name: string, value: string | undefined): void {
  record.notes ??= {};
  if (value === undefined) delete record.notes[name];
  else record.notes[name] = value;
}

class LiveRequest implements CallRequest {
  readonly #exchange: PluginExchange;

  constructor(exchange: PluginExchange) {
    this.#exchange = exchange;
  }

  get method(): string {
    return this.#exchange.request.method;
  }

  set method(method: string) {
    const { request } = this.#exchange;
    if (method !== request.method) this.#exchange.request = new Request(request, { method });
  }

  get host(): string {
    return this.#exchange.host;
  }

  set host(host: string) {
    this.#exchange.host = host.replace(/:\d+$/, "").toLowerCase();
    this.headers.set("host", host);
  }

  get path(): string {
    return this.#exchange.path;
  }

  set path(path: string) {
    this.#exchange.path = path;
  }

  get search(): string {
    return this.#exchange.search;
  }

  set search(search: string) {
    this.#exchange.search = search;
  }

  get headers(): CallHeaders {
    return this.#exchange.request.headers;
  }

  get hasBody(): boolean {
    const { method, headers, body } = this.#exchange.request;
    const length = headers.get("content-length");
    if (length !== null) return length !== "0";
    return method !== "GET" && method !== "HEAD" && body !== null;
  }
}
