import type { McpWorld } from "../mcp/kind.ts";
import type { Transport } from "../upstream.ts";
import { type GuardOptions, NetworkGuard } from "./guard.ts";
import { followed, isRedirect } from "./redirect.ts";
import { type Lookup, Resolver } from "./resolver.ts";

type Fetch = McpWorld["fetch"];

/** As many redirects as are followed. */
const MAX_REDIRECTS = 5;

/**
 * A world whose requests go only where the operator's configuration and `network` let them. Both ways out are guarded: `transport`, which
 * follows no redirect, and `fetch`, whose every redirect is looked at like a new request. `lookup` is for tests.
 */
export function guardedWorld(world: McpWorld, options: GuardOptions, lookup?: Lookup): McpWorld {
  const guard = new NetworkGuard(new Resolver(world.clock, lookup), options);
  return { ...world, fetch: guardedFetch(world.fetch, guard), transport: guardedTransport(world.transport, guard) };
}

/** A transport that asks the guard first, and connects to what the guard saw. */
function guardedTransport(transport: Transport, guard: NetworkGuard): Transport {
  const checked: Transport["send"] = async (request, cancellation) => {
    const addresses = await guard.check(request.url);
    if (cancellation.fault !== undefined) throw cancellation.fault;
    return transport.send(addresses === undefined ? request : { ...request, addresses }, cancellation);
  };
  return {
    send: (request, cancellation) =>
      guard.passes(request.url) ? transport.send(request, cancellation) : checked(request, cancellation),
  };
}

/**
 * `fetch` that asks the guard first. With http the address that was checked is connected to; with https the certificate holds the answering
 * server to the name, whatever a second look-up finds.
 */
function guardedFetch(fetch: Fetch, guard: NetworkGuard): Fetch {
  return async (url, init) => {
    let [at, options]: readonly [string, RequestInit] = [url, init];
    for (let redirects = 0; ; redirects++) {
      const response = await once(fetch, guard, at, options);
      const location = response.headers.get("location");
      if (init.redirect === "manual" || location === null || !isRedirect(response.status)) return response;
      await response.body?.cancel();
      if (init.redirect === "error") throw new TypeError("The answer is a redirect, and none was to be followed.");
      if (redirects === MAX_REDIRECTS) throw new TypeError(`More than ${MAX_REDIRECTS} redirects are not followed.`);
      [at, options] = followed(at, options, response.status, location);
    }
  };
}

async function once(fetch: Fetch, guard: NetworkGuard, url: string, init: RequestInit): Promise<Response> {
  const addresses = await guard.check(url);
  init.signal?.throwIfAborted();
  const [address] = addresses ?? [];
  const manual: RequestInit = { ...init, redirect: "manual" };
  if (address === undefined || !/^http:/i.test(url)) return fetch(url, manual);
  const pinned = new URL(url);
  const headers = new Headers(init.headers);
  headers.set("host", pinned.host);
  pinned.hostname = address.includes(":") ? `[${address}]` : address;
  return fetch(pinned.href, { ...manual, headers });
}
