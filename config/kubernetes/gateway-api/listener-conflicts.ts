import type { ListenerProtocol } from "./kinds.ts";

/** Why a listener cannot be told from another one. */
export interface ListenerConflict {
  readonly reason: "HostnameConflict" | "ProtocolConflict";
  readonly message: string;
}

/** What of a listener decides whether it is distinct. */
interface Distinguishing {
  readonly name: string;
  readonly port: number;
  readonly protocol: ListenerProtocol | undefined;
  readonly hostname: string;
}

/** What can share a port: names tell HTTP hosts apart, and TLS ones, but a byte stream could be anything. */
const FAMILY = { HTTP: "HTTP", HTTPS: "TLS", TLS: "TLS", TCP: "TCP" } as const;

/** Listeners of one Gateway that are not distinct. None of them wins: all are left out. */
export function conflictsOf<T extends Distinguishing>(listeners: readonly T[]): ReadonlyMap<T, ListenerConflict> {
  const found = new Map<T, ListenerConflict>();
  for (const listener of listeners) {
    const conflict = listener.protocol === undefined ? undefined : conflictOf(listener, listeners);
    if (conflict !== undefined) found.set(listener, conflict);
  }
  return found;
}

function conflictOf(listener: Distinguishing, all: readonly Distinguishing[]): ListenerConflict | undefined {
  const { port, protocol, hostname } = listener;
  const others = all.filter((other) => other !== listener && other.port === port && other.protocol !== undefined);
  const family = familyOf(listener);
  const foreign = others.find((other) => familyOf(other) !== family);
  if (foreign !== undefined) return protocolConflict(foreign);
  const same = others.find((other) => other.hostname === hostname);
  if (same === undefined) return undefined;
  if (same.protocol !== protocol || family === "TCP") return protocolConflict(same);
  const what = hostname === "*" ? "every hostname" : `the hostname ${hostname}`;
  return { reason: "HostnameConflict", message: `The listener ${same.name} has ${what} on port ${port} too.` };
}

function familyOf({ protocol }: Distinguishing): string | undefined {
  return protocol === undefined ? undefined : FAMILY[protocol];
}

function protocolConflict({ name, port, protocol }: Distinguishing): ListenerConflict {
  return {
    reason: "ProtocolConflict",
    message: `The listener ${name} speaks ${protocol ?? "another protocol"} on port ${port}.`,
  };
}

/** Listeners with TLS whose hostnames overlap those of others on the port: clients that reuse connections may mix them up. */
export function overlapsOf<T extends Distinguishing>(
  listeners: readonly T[],
  covers: (outer: string, inner: string) => boolean,
): ReadonlyMap<T, string> {
  const found = new Map<T, string>();
  const opened = listeners.filter(({ protocol }) => protocol === "HTTPS");
  for (const listener of opened) {
    const other = opened.find(
      (one) =>
        one !== listener &&
        one.port === listener.port &&
        one.hostname !== listener.hostname &&
        (covers(one.hostname, listener.hostname) || covers(listener.hostname, one.hostname)),
    );
    if (other !== undefined) found.set(listener, other.name);
  }
  return found;
}
