import type { Resource } from "../resource.ts";
import { type KeyPair, tlsSecret } from "../secret.ts";
import type { Lookup } from "../translator.ts";
import { mappingAt } from "./fields.ts";
import { CORE_KINDS } from "./kinds.ts";
import type { ListenerProblem } from "./listener-certificates.ts";
import { isBroken, referred } from "./references.ts";

const FIELD = "spec.tls.backend.clientCertificateRef";

/** What a Gateway proves itself with to services: `spec.tls.backend`. Undefined: nothing. */
export function clientCertificateOf(gateway: Resource, lookup: Lookup): KeyPair | ListenerProblem | undefined {
  const ref = mappingAt(mappingAt(mappingAt(gateway.spec, "tls"), "backend"), "clientCertificateRef");
  if (ref === undefined) return undefined;
  const found = referred(ref, gateway, [CORE_KINDS.secret], lookup);
  if (isBroken(found)) {
    const reason = found.kind === "not-permitted" ? "RefNotPermitted" : "InvalidClientCertificateRef";
    return { field: FIELD, reason, message: found.message };
  }
  const pair = tlsSecret(lookup, found.metadata.namespace, found.metadata.name);
  return "cert" in pair ? pair : { field: FIELD, reason: "InvalidClientCertificateRef", message: `${pair.problem}.` };
}

/** Tells the answers of {@link clientCertificateOf} apart. */
export function isKeyPair(found: KeyPair | ListenerProblem | undefined): found is KeyPair {
  return found !== undefined && "cert" in found;
}
