import type { Resource } from "../resource.ts";
import type { Lookup, TranslatorOptions } from "../translator.ts";
import { type ClientValidation, clientValidationOf } from "./client-validation.ts";
import { condition, type WrittenCondition } from "./conditions.ts";
import { covers } from "./hostnames.ts";
import { certificatesOf, type ListenerCertificates, type ListenerProblem, opensTls } from "./listener-certificates.ts";
import { overlapsOf } from "./listener-conflicts.ts";
import { type GatewayListener, listenersOf } from "./listeners.ts";
import { portProblem } from "./native-listeners.ts";

/** A listener with everything that it refers to. */
export interface ListenerState {
  readonly listener: GatewayListener;
  readonly certificates: ListenerCertificates;
  readonly validation: ClientValidation;
  /** Why it is not taken. */
  readonly refusal: { readonly reason: string; readonly message: string } | undefined;
  /** References and kinds of routes that lead nowhere. */
  readonly problems: readonly ListenerProblem[];
  /** It can be opened. */
  readonly programmed: boolean;
  /** The listener whose hostname overlaps with its own. */
  readonly overlaps: string | undefined;
}

/** The listeners of a Gateway, everything looked up. */
export function listenerStates(
  gateway: Resource,
  lookup: Lookup,
  options: TranslatorOptions,
): readonly ListenerState[] {
  const listeners = listenersOf(gateway);
  const overlaps = overlapsOf(listeners, covers);
  return listeners.map((listener) => {
    const certificates = certificatesOf(gateway, listener, lookup);
    const validation = clientValidationOf(gateway, listener, lookup);
    const refusal = refusalOf(listener, validation, portProblem(gateway, listener, lookup, options));
    const problems = [...kindProblems(listener), ...certificates.problems, ...validation.problems];
    return {
      listener,
      certificates,
      validation,
      problems,
      programmed: refusal === undefined && (!opensTls(listener) || certificates.pairs.length > 0),
      refusal,
      overlaps: overlaps.get(listener),
    };
  });
}

function refusalOf(
  { protocol, conflict, name }: GatewayListener,
  validation: ClientValidation,
  port: string | undefined,
): ListenerState["refusal"] {
  if (protocol === undefined) {
    const message = `The protocol of ${name} is not supported: HTTP, HTTPS, TLS and TCP are.`;
    return { reason: "UnsupportedProtocol", message };
  }
  if (conflict !== undefined) return { reason: "Invalid", message: conflict.message };
  if (port !== undefined) return { reason: "PortUnavailable", message: port };
  if (validation.failed)
    return { reason: "NoValidCACertificate", message: "None of the caCertificateRefs can be used." };
  return undefined;
}

function kindProblems({ invalidKinds, index }: GatewayListener): readonly ListenerProblem[] {
  if (!invalidKinds) return [];
  const message = "A kind of route is not known, or not possible with the listener's protocol.";
  return [{ field: `spec.listeners[${index}].allowedRoutes.kinds`, reason: "InvalidRouteKinds", message }];
}

/** The conditions of a listener, in one order always. */
export function listenerConditions(gateway: Resource, state: ListenerState): readonly WrittenCondition[] {
  const { listener, refusal, problems, programmed, overlaps } = state;
  const of = (type: string, yes: boolean, reason: string, message: string): WrittenCondition =>
    condition(gateway, type, yes ? "True" : "False", reason, message);
  const { conflict } = listener;
  const [problem] = problems;
  const conditions = [
    refusal === undefined
      ? of("Accepted", true, "Accepted", "The listener is valid.")
      : of("Accepted", false, refusal.reason, refusal.message),
    conflict === undefined
      ? of("Conflicted", false, "NoConflicts", "No other listener claims the same.")
      : of("Conflicted", true, conflict.reason, conflict.message),
    programmed
      ? of("Programmed", true, "Programmed", "The listener is set up.")
      : of("Programmed", false, "Invalid", refusal?.message ?? problem?.message ?? "The listener is not valid."),
    problem === undefined
      ? of("ResolvedRefs", true, "ResolvedRefs", "Everything the listener refers to is there.")
      : of("ResolvedRefs", false, problem.reason, problems.map(({ message }) => message).join(" ")),
  ];
  if (overlaps === undefined) return conditions;
  const message = `The hostname overlaps that of the listener ${overlaps}.`;
  return [...conditions, of("OverlappingTLSConfig", true, "OverlappingHostnames", message)];
}
