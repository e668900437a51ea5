import type { Clock } from "../core/clock.ts";
import { collectBytes } from "../core/collect-bytes.ts";
import { Fault } from "../core/fault.ts";
import type { Header } from "../core/header-list.ts";
import { type Callout, type CalloutAnswer, CalloutError } from "../core/plugin-host.ts";

/** What call-outs need of the world. */
export interface CalloutWorld {
  readonly clock: Clock;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Origins of a configured service's endpoints (`http://10.0.0.1:8080`); undefined when there is no such service. */
  readonly service: (name: string) => readonly string[] | undefined;
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

  function originOf(upstream: string): string {
    const named = originsNamed(upstream, service);
    if (named !== undefined) return named[turn++ % named.length]!;
    const url = URL.parse(hostOf(upstream) ?? upstream);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new CalloutError("denied", `There is no service '${upstream}' in the configuration.`);
    }
    if (!rights.origins.includes("*") && !rights.origins.includes(url.origin)) {
      throw new CalloutError("denied", `The plugin may not ask ${url.origin}: add it to its 'callouts'.`);
    }
    return url.origin;
  }

  return async (request, signal) => {
    const origin = originOf(request.upstream);
    if (underWay >= rights.most) throw new CalloutError("denied", `The plugin has ${rights.most} call-outs under way.`);
    underWay++;
    const abort = new AbortController();
    const stop = clock.after(request.timeout, () => abort.abort(new CalloutError("timeout", late(request))));
    const left = (): void => abort.abort(new CalloutError("aborted", "Nobody waits for the answer any more."));
    signal?.addEventListener("abort", left);
    if (signal?.aborted === true) left();
    try {
      return await asked(fetch, origin, request, abort.signal);
    } catch (thrown) {
      throw failure(abort.signal.aborted ? abort.signal.reason : thrown, request);
    } finally {
      stop();
      signal?.removeEventListener("abort", left);
      underWay--;
    }
  };
}

/** Origins of the service that is meant, whichever of its names is used; undefined when there is none. */
export function originsNamed(upstream: string, service: CalloutWorld["service"]): readonly string[] | undefined {
  return namesOf(upstream)
    .map(service)
    .find((origins) => origins !== undefined && origins.length > 0);
}

/** The host that Envoy's name of a cluster holds, as an origin. */
function hostOf(upstream: string): string | undefined {
  const { port, host } = OUTBOUND.exec(upstream)?.groups ?? {};
  return host === undefined ? undefined : `http://${host}:${port || "80"}`;
}

/** The names a service may have been given, the fullest first. */
function namesOf(upstream: string): readonly string[] {
  const host = OUTBOUND.exec(upstream)?.groups?.["host"] ?? upstream;
  return [upstream, host, host.replace(REGISTRY, "")];
}

async function asked(
  fetch: CalloutWorld["fetch"],
  origin: string,
  { method, path, headers, authority, body }: Callout,
  signal: AbortSignal,
): Promise<CalloutAnswer> {
  const sent = new Headers();
  for (const [name, value] of headers) if (!name.startsWith(":")) sent.append(name, value);
  if (authority !== undefined) sent.set("host", authority);
  const content =
    body === undefined || body.length === 0 ? null : typeof body === "string" ? body : new Uint8Array(body);
  const response = await fetch(origin + path, { method, headers: sent, body: content, signal, redirect: "manual" });
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
