import type { Resource } from "../resource.ts";
import { mappingAt, mappingsAt, numberAt, textAt } from "./fields.ts";
import { GATEWAY_GROUP, type ListenerProtocol, ROUTE_KINDS, type RouteKind } from "./kinds.ts";
import { type ListenerConflict, conflictsOf } from "./listener-conflicts.ts";

/** A listener of a Gateway, read on its own: nothing it refers to is looked up. */
export interface GatewayListener {
  /** Its place in `spec.listeners`. */
  readonly index: number;
  readonly name: string;
  readonly port: number;
  /** As written. */
  readonly written: unknown;
  /** Undefined: one that is not supported. */
  readonly protocol: ListenerProtocol | undefined;
  /** `*`: all names. */
  readonly hostname: string;
  /** TLS goes through unopened. */
  readonly passthrough: boolean;
  /** Routes that may be attached, in the order of `allowedRoutes.kinds`. */
  readonly kinds: readonly RouteKind[];
  /** `allowedRoutes.kinds` names others as well. */
  readonly invalidKinds: boolean;
  readonly conflict?: ListenerConflict;
}

const read = new WeakMap<Resource, readonly GatewayListener[]>();

/** The listeners of a Gateway. */
export function listenersOf(gateway: Resource): readonly GatewayListener[] {
  let listeners = read.get(gateway);
  if (listeners === undefined) {
    const alone = mappingsAt(gateway.spec, "listeners").map(readListener);
    const conflicts = conflictsOf(alone);
    listeners = alone.map((listener) => withConflict(listener, conflicts.get(listener)));
    read.set(gateway, listeners);
  }
  return listeners;
}

function withConflict(listener: GatewayListener, conflict: ListenerConflict | undefined): GatewayListener {
  return conflict === undefined ? listener : { ...listener, conflict };
}

/** Routes by what the listener speaks: without TLS or after it, and with TLS going through. */
const KINDS_BY_PROTOCOL: Readonly<Record<ListenerProtocol, readonly RouteKind[]>> = {
  HTTP: ["HTTPRoute", "GRPCRoute"],
  HTTPS: ["HTTPRoute", "GRPCRoute"],
  TLS: ["TLSRoute", "TCPRoute"],
  TCP: ["TCPRoute"],
};

function readListener(written: Readonly<Record<string, unknown>>, index: number): GatewayListener {
  const spoken = textAt(written, "protocol")?.toUpperCase() ?? "";
  const protocol = isProtocol(spoken) ? spoken : undefined;
  const passthrough = protocol === "TLS" && textAt(mappingAt(written, "tls"), "mode") === "Passthrough";
  const named = protocol !== undefined && protocol !== "TCP";
  return {
    index,
    name: textAt(written, "name") ?? "",
    port: numberAt(written, "port") ?? 0,
    written,
    protocol,
    hostname: (named ? textAt(written, "hostname")?.toLowerCase() : undefined) ?? "*",
    passthrough,
    ...allowedKinds(written, possibleKinds(protocol, passthrough)),
  };
}

function isProtocol(text: string): text is ListenerProtocol {
  return Object.hasOwn(KINDS_BY_PROTOCOL, text);
}

function possibleKinds(protocol: ListenerProtocol | undefined, passthrough: boolean): readonly RouteKind[] {
  if (protocol === undefined) return [];
  return passthrough ? ["TLSRoute"] : KINDS_BY_PROTOCOL[protocol];
}

function allowedKinds(
  written: unknown,
  possible: readonly RouteKind[],
): Pick<GatewayListener, "kinds" | "invalidKinds"> {
  const wanted = mappingsAt(mappingAt(written, "allowedRoutes"), "kinds");
  if (wanted.length === 0) return { kinds: possible, invalidKinds: false };
  const kinds = wanted.map((one) => {
    const kind = ROUTE_KINDS.find((known) => known === one["kind"]);
    const inGroup = (one["group"] ?? GATEWAY_GROUP) === GATEWAY_GROUP;
    return kind !== undefined && inGroup && possible.includes(kind) ? kind : undefined;
  });
  const valid = kinds.filter((kind) => kind !== undefined);
  return { kinds: [...new Set(valid)], invalidKinds: valid.length < kinds.length };
}
