import type { Clock } from "../core/clock.ts";
import { collectBytes } from "../core/collect-bytes.ts";
import { Fault } from "../core/fault.ts";
import type { Header } from "../core/header-list.ts";
import type { ServiceRequest } from "../core/service-link.ts";
import { type Callout, type CalloutAnswer, CalloutError } from "../core/plugin-host.ts";

/** A service of the configuration, as plugins ask it. */
export interface CalloutService {
  /** Of its endpoints: `http://10.0.0.1:8080`. */
  readonly origins: readonly string[];
  /** By connections of its own, where the runtime's `fetch` cannot make them: with its TLS, HTTP/2, proxy, and limit for connecting. */
  readonly fetch?: (url: string, init: ServiceRequest) => Promise<Response>;
}

/** What call-outs need of the world. */
export interface CalloutWorld {
  readonly clock: Clock;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** A configured service; undefined when there is none of the name. */
  readonly service: (name: string) => CalloutService | undefined;
}

/** What one plugin may do. */
export interface CalloutRights {
  /** Origins beside the configured services, or `*`. */
  readonly origins: readonly string[];
  /** Call-outs under way at a time. */
  readonly most: number;
}

/** The most of an answer that is read, in bytes. */
const MAX_ANSWER = 16 * 1024 * 1024;

/** How Higress and Envoy name what Sluice calls by its name alone. */
const OUTBOUND = /^outbound\|(?<port>\d*)\|[^|]*\|(?<host>.+)$/;
const REGISTRY = /\.(?:static|dns|nacos|consul|eureka|zookeeper)$/;

/** Makes the call-outs of one plugin. */
export function createCallouts(
  { clock, fetch, service }: CalloutWorld,
  rights: CalloutRights,
): (request: Callout, signal?: AbortSignal) => Promise<CalloutAnswer> {
  let underWay = 0;
  let turn = 0;
  const usual: Way["fetch"] = (url, init) => fetch(url, { ...init, redirect: "manual" });

  function wayTo(upstream: string): Way {
    const named = serviceNamed(upstream, service);
    if (named !== undefined) {
      const origin = named.origins[turn++ % named.origins.length]!;
      return { origin, fetch: named.fetch === undefined ? usual : withHost(named.fetch) };
    }
    const url = URL.parse(hostOf(upstream) ?? upstream);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new CalloutError("denied", `There is no service '${upstream}' in the configuration.`);
    }
    if (!rights.origins.includes("*") && !rights.origins.includes(url.origin)) {
      throw new CalloutError("denied", `The plugin may not ask ${url.origin}: add it to its 'callouts'.`);
    }
    return { origin: url.origin, fetch: usual };
  }

  return async (request, signal) => {
    const way = wayTo(request.upstream);
    if (underWay >= rights.most) throw new CalloutError("denied", `The plugin has ${rights.most} call-outs under way.`);
    underWay++;
    const abort = new AbortController();
    const stop = clock.after(request.timeout, () => abort.abort(new CalloutError("timeout", late(request))));
    const left = (): void => abort.abort(new CalloutError("aborted", "Nobody waits for the answer any more."));
    signal?.addEventListener("abort", left);
    if (signal?.aborted === true) left();
    try {
      return await asked(way, request, abort.signal);
    } catch (thrown) {
      throw failure(abort.signal.aborted ? abort.signal.reason : thrown, request);
    } finally {
      stop();
      signal?.removeEventListener("abort", left);
      underWay--;
    }
  };
}

/** Where a call-out goes, and over what. */
interface Way {
  readonly origin: string;
  readonly fetch: NonNullable<CalloutService["fetch"]>;
}

/** The service that is meant, whichever of its names is used; undefined when there is none, or none with an endpoint. */
export function serviceNamed(upstream: string, service: CalloutWorld["service"]): CalloutService | undefined {
  return namesOf(upstream)
    .map(service)
    .find((found) => found !== undefined && found.origins.length > 0);
}

/** What the runtime's `fetch` does by itself. */
function withHost(fetch: Way["fetch"]): Way["fetch"] {
  return (url, init) => {
    if (!init.headers.has("host")) init.headers.set("host", new URL(url).host);
    return fetch(url, init);
  };
}

/** The host that Envoy's name of a cluster holds, as an origin. */
function hostOf(upstream: string): string | undefined {
  const { port, host } = OUTBOUND.exec(upstream)?.groups ?? {};
  return host === undefined ? undefined : `http://${host}:${port || "80"}`;
}

/** The names a service may have been given, the fullest first. */
function namesOf(upstream: string): readonly string[] {
  const { port = "", host = upstream } = OUTBOUND.exec(upstream)?.groups ?? {};
  // Services of Kubernetes have their port in their name.
  const whole = port === "" ? [] : [`${host}:${port}`];
  return [upstream, ...whole, host, host.replace(REGISTRY, "")];
}

const encoder = new TextEncoder();

async function asked(
  { origin, fetch }: Way,
  { method, path, headers, authority, body }: Callout,
  signal: AbortSignal,
): Promise<CalloutAnswer> {
  const sent = new Headers();
  for (const [name, value] of headers) if (!name.startsWith(":")) sent.append(name, value);
  if (authority !== undefined) sent.set("host", authority);
  const content =
    body === undefined || body.length === 0
      ? null
      : typeof body === "string"
        ? encoder.encode(body)
        : new Uint8Array(body);
  const response = await fetch(origin + path, { method, headers: sent, body: content, signal });
  const read =
    response.body === null
      ? new Uint8Array()
      : await collectBytes(response.body, { limit: MAX_ANSWER, over: tooLarge });
  const given: Header[] = [];
  response.headers.forEach((value, name) => given.push([name, value]));
  return { status: response.status, headers: given, body: read };
}

function tooLarge(): Fault {
  return new Fault("upstream_garbage", "too large");
}

function failure(thrown: unknown, { upstream }: Callout): CalloutError {
  if (thrown instanceof CalloutError) return thrown;
  if (thrown instanceof Fault)
    return new CalloutError("too_large", `'${upstream}' answered more than ${MAX_ANSWER} bytes.`);
  return new CalloutError("unreachable", `'${upstream}' could not be reached.`, { cause: thrown });
}

function late({ upstream, timeout }: Callout): string {
  return `'${upstream}' did not answer within ${timeout} ms.`;
}
