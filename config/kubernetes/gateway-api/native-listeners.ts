import { byAge, type Resource } from "../resource.ts";
import type { Lookup, TranslatorOptions } from "../translator.ts";
import { isOwnGateway } from "./gateway-classes.ts";
import { KINDS } from "./kinds.ts";
import { type GatewayListener, listenersOf } from "./listeners.ts";

/** The gateway's own listener for a port of a Gateway. */
export function nativeListener(port: number, { listenerOf }: TranslatorOptions): string {
  return listenerOf(port) ?? `port-${port}`;
}

/** Whether the port has a listener of the configuration; others are made. */
export function isGiven(port: number, { listenerOf }: TranslatorOptions): boolean {
  return listenerOf(port) !== undefined;
}

/** What a port does with the bytes that come in: all Gateways share the gateway's ports, so one port does one thing. */
type PortUse = "plain" | "tls" | "tcp";

const USE = { HTTP: "plain", HTTPS: "tls", TLS: "tls", TCP: "tcp" } as const satisfies Record<string, PortUse>;

/** Why a listener cannot have its port; undefined: it can. */
export function portProblem(
  gateway: Resource,
  listener: GatewayListener,
  lookup: Lookup,
  options: TranslatorOptions,
): string | undefined {
  const { port, protocol } = listener;
  if (protocol === undefined) return undefined;
  const name = options.listenerOf(port);
  if (name !== undefined && name === options.httpsListener && USE[protocol] !== "tls")
    return `Port ${port} is the gateway's listener ${name}, which has TLS.`;
  if (name !== undefined && name === options.httpListener && USE[protocol] !== "plain")
    return `Port ${port} is the gateway's listener ${name}, which has no TLS.`;
  const owner = usesOf(lookup.list(KINDS.gateway), port).find(
    (other) =>
      other.use !== USE[protocol] && isOlder(other.gateway, gateway) && isOwnGateway(other.gateway, lookup, options),
  );
  if (owner === undefined) return undefined;
  const { namespace, name: ownerName } = owner.gateway.metadata;
  return `The older Gateway ${namespace}/${ownerName} has another protocol on port ${port}.`;
}

function isOlder(one: Resource, other: Resource): boolean {
  return byAge(one, other) < 0;
}

interface UsedPort {
  readonly gateway: Resource;
  readonly use: PortUse;
}

/** What Gateways do with their ports, for as long as they stay the same: it is asked for each route. */
const known = new WeakMap<readonly Resource[], ReadonlyMap<number, readonly UsedPort[]>>();

function usesOf(gateways: readonly Resource[], port: number): readonly UsedPort[] {
  let uses = known.get(gateways);
  if (uses === undefined) {
    const all = gateways.flatMap((gateway) => listenersOf(gateway).flatMap((listener) => usedPort(gateway, listener)));
    const byPort = Map.groupBy(all, ([number]) => number);
    uses = new Map(Array.from(byPort, ([number, list]) => [number, list.map(([, used]) => used)]));
    known.set(gateways, uses);
  }
  return uses.get(port) ?? [];
}

function usedPort(
  gateway: Resource,
  { port, protocol, conflict }: GatewayListener,
): readonly (readonly [number, UsedPort])[] {
  return protocol === undefined || conflict !== undefined ? [] : [[port, { gateway, use: USE[protocol] }]];
}

/** The listeners of a Gateway that routes can be reached through. */
export function usableListeners(
  gateway: Resource,
  lookup: Lookup,
  options: TranslatorOptions,
): readonly GatewayListener[] {
  return listenersOf(gateway).filter(
    (listener) =>
      listener.protocol !== undefined &&
      listener.conflict === undefined &&
      portProblem(gateway, listener, lookup, options) === undefined,
  );
}
