import { mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import type {
  Finding,
  Lookup,
  Piece,
  PieceCertificate,
  Translator,
  TranslatorOptions,
  Written,
} from "../translator.ts";
import { clientCertificateOf } from "./client-certificate.ts";
import { mappingAt, textAt } from "./fields.ts";
import { classOf, isOwnGateway } from "./gateway-classes.ts";
import { gatewayStatus } from "./gateway-status.ts";
import { KINDS } from "./kinds.ts";
import { opensTls } from "./listener-certificates.ts";
import { guardedListeners } from "./listener-isolation.ts";
import { type ListenerState, listenerStates } from "./listener-state.ts";
import { bounded } from "./names.ts";
import { isGiven, nativeListener, usableListeners } from "./native-listeners.ts";

/**
 * Gateways come to listeners, certificates and a status. Their only routes are the last ones of listeners that are kept apart, so that
 * they must come after those of all other kinds.
 */
export const gatewayTranslator: Translator = {
  kind: KINDS.gateway,
  translate(gateway, lookup, options): Piece {
    if (!isOwnGateway(gateway, lookup, options)) return { findings: classFinding(gateway, lookup) };
    const states = listenerStates(gateway, lookup, options);
    return {
      listeners: listenersIn(states, options),
      certificates: states.flatMap((state) => certificatesIn(state, options)),
      routes: guards(gateway, lookup, options),
      findings: [...ignored(gateway), ...states.flatMap(findingsOf), ...clientCertificate(gateway, lookup)],
      status: gatewayStatus(gateway, states, lookup, options),
    };
  },
};

/** Classes of others are theirs; one that is not there is a mistake. */
function classFinding(gateway: Resource, lookup: Lookup): readonly Finding[] {
  if (classOf(gateway, lookup) !== undefined) return [];
  const message = `there is no GatewayClass ${textAt(gateway.spec, "gatewayClassName") ?? ""}, so that nobody takes it`;
  return [{ field: "spec.gatewayClassName", message, severity: "warning" }];
}

/** One for each port that the configuration has none for. */
function listenersIn(states: readonly ListenerState[], options: TranslatorOptions): readonly Written[] {
  const made = new Map<number, Written>();
  for (const { listener, programmed } of states) {
    const { port, protocol } = listener;
    if (!programmed || isGiven(port, options)) continue;
    const http = protocol === "HTTP" || protocol === "HTTPS";
    // Names of TLS that goes through may share the port with those of HTTPS: then it is opened for these.
    if (http || !made.has(port)) {
      made.set(port, { name: nativeListener(port, options), port, ...(http ? {} : { protocol: "tcp" }) });
    }
  }
  return [...made.values()];
}

function certificatesIn(
  { listener, certificates, validation, programmed }: ListenerState,
  options: TranslatorOptions,
): readonly PieceCertificate[] {
  if (!programmed || !opensTls(listener)) return [];
  const { hostname, port } = listener;
  return certificates.pairs.map((pair) => ({
    listeners: [nativeListener(port, options)],
    ...(hostname === "*" ? {} : { hosts: [hostname] }),
    ...pair,
    ...validation.settings,
  }));
}

function guards(gateway: Resource, lookup: Lookup, options: TranslatorOptions): readonly Written[] {
  const { namespace, name } = gateway.metadata;
  return guardedListeners(usableListeners(gateway, lookup, options)).map((listener) => ({
    name: bounded(`Gateway/${namespace}/${name}/${listener.name}`),
    match: { hosts: [listener.hostname], listeners: [nativeListener(listener.port, options)] },
    response: { status: 404 },
    origin: `Gateway ${namespace}/${name}`,
  }));
}

function findingsOf({ listener, refusal, problems, validation, programmed }: ListenerState): readonly Finding[] {
  const base = `spec.listeners[${listener.index}]`;
  const findings: Finding[] = problems.map(({ field, message }) => ({ field, message, severity: "error" }));
  if (refusal !== undefined && !validation.failed) {
    findings.push({ field: base, message: `is not opened: ${refusal.message}`, severity: "error" });
  }
  if (programmed && (listener.protocol === "TLS" || listener.protocol === "TCP")) {
    const message = "only Envoy passes connections on as they are; the gateway itself does not open it";
    findings.push({ field: `${base}.protocol`, message, hint: "see docs/envoy.md", severity: "warning" });
  }
  if (mappingAt(mappingAt(listener.written, "tls"), "options") !== undefined) {
    findings.push({ field: `${base}.tls.options`, message: "are not known, and do nothing", severity: "warning" });
  }
  return findings;
}

function clientCertificate(gateway: Resource, lookup: Lookup): readonly Finding[] {
  const found = clientCertificateOf(gateway, lookup);
  if (found === undefined || !("reason" in found)) return [];
  return [{ field: found.field, message: found.message, severity: "error" }];
}

/** Fields that mean nothing to a gateway that makes no infrastructure, or that are not supported. */
const IGNORED: Readonly<Record<string, string>> = {
  infrastructure: "does nothing: the gateway makes no other objects",
  allowedListeners: "does nothing: ListenerSets are not supported",
  defaultScope: "does nothing: default Gateways are not supported",
};

function ignored({ spec }: Resource): readonly Finding[] {
  return Object.entries(IGNORED)
    .filter(([field]) => mapping(spec)[field] !== undefined)
    .map(([field, message]) => ({ field: `spec.${field}`, message, severity: "warning" }));
}
