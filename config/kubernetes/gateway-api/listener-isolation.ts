import { covers } from "./hostnames.ts";
import type { GatewayListener } from "./listeners.ts";

/**
 * Listener isolation: a request belongs to the listener with the most specific hostname that its host fits, and to no other listener of
 * the Gateway on that port, whatever their routes could do with it.
 */

/** The hosts of a route on a listener that no more specific listener claims. */
export function ownHosts(
  hosts: readonly string[],
  listener: GatewayListener,
  usable: readonly GatewayListener[],
): readonly string[] {
  const narrower = neighbours(listener, usable).filter(({ hostname }) => covers(listener.hostname, hostname));
  return hosts.filter((host) => !narrower.some(({ hostname }) => covers(hostname, host)));
}

/**
 * Listeners below whose hostnames nothing else may be found: without a last route of their own, requests that none of their routes takes
 * would go on to routes of less specific hosts.
 */
export function guardedListeners(usable: readonly GatewayListener[]): readonly GatewayListener[] {
  return usable.filter(
    (listener) =>
      isHttp(listener) && neighbours(listener, usable).some(({ hostname }) => covers(hostname, listener.hostname)),
  );
}

/** Other HTTP listeners on the port. */
function neighbours(listener: GatewayListener, usable: readonly GatewayListener[]): readonly GatewayListener[] {
  return usable.filter(
    (other) =>
      isHttp(other) && other.port === listener.port && other.hostname !== listener.hostname && other !== listener,
  );
}

function isHttp({ protocol }: GatewayListener): boolean {
  return protocol === "HTTP" || protocol === "HTTPS";
}
