import type { Resource } from "../resource.ts";
import { type KeyPair, tlsSecret } from "../secret.ts";
import type { Lookup } from "../translator.ts";
import { mappingAt, mappingsAt } from "./fields.ts";
import { CORE_KINDS } from "./kinds.ts";
import type { GatewayListener } from "./listeners.ts";
import { type BrokenReference, isBroken, referred } from "./references.ts";

/** Something a listener refers to that cannot be used. */
export interface ListenerProblem {
  /** In the Gateway. */
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

/** What a listener's `certificateRefs` lead to. */
export interface ListenerCertificates {
  readonly pairs: readonly KeyPair[];
  readonly problems: readonly ListenerProblem[];
}

const REASONS = {
  "unknown-kind": "InvalidCertificateRef",
  "not-permitted": "RefNotPermitted",
  missing: "InvalidCertificateRef",
} as const satisfies Record<BrokenReference["kind"], string>;

/** The certificates of a listener that opens TLS; none of others. */
export function certificatesOf(gateway: Resource, listener: GatewayListener, lookup: Lookup): ListenerCertificates {
  if (!opensTls(listener)) return { pairs: [], problems: [] };
  const base = `spec.listeners[${listener.index}].tls`;
  const refs = mappingsAt(mappingAt(listener.written, "tls"), "certificateRefs");
  if (refs.length === 0) {
    const message = "The listener has no certificate.";
    return { pairs: [], problems: [{ field: base, reason: "InvalidCertificateRef", message }] };
  }
  const pairs: KeyPair[] = [];
  const problems: ListenerProblem[] = [];
  for (const [index, ref] of refs.entries()) {
    const field = `${base}.certificateRefs[${index}]`;
    const found = referred(ref, gateway, [CORE_KINDS.secret], lookup);
    if (isBroken(found)) {
      problems.push({ field, reason: REASONS[found.kind], message: found.message });
      continue;
    }
    const pair = tlsSecret(lookup, found.metadata.namespace, found.metadata.name);
    if ("cert" in pair) pairs.push(pair);
    else problems.push({ field, reason: "InvalidCertificateRef", message: `${pair.problem}.` });
  }
  return { pairs, problems };
}

/** Whether clients' TLS ends at the listener. */
export function opensTls({ protocol, passthrough }: GatewayListener): boolean {
  return protocol === "HTTPS" || (protocol === "TLS" && !passthrough);
}
