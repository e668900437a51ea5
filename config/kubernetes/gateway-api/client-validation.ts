import type { Resource } from "../resource.ts";
import type { Lookup, PieceCertificate } from "../translator.ts";
import { mappingAt, mappingsAt, numberAt, textAt } from "./fields.ts";
import { CORE_KINDS } from "./kinds.ts";
import type { ListenerProblem } from "./listener-certificates.ts";
import type { GatewayListener } from "./listeners.ts";
import { type BrokenReference, isBroken, referred } from "./references.ts";
import { authoritiesOf } from "./authorities.ts";

/** How a listener looks at clients' certificates. */
export interface ClientValidation {
  readonly settings: Pick<PieceCertificate, "clientCa" | "clientAuth">;
  readonly problems: readonly ListenerProblem[];
  /** None of the authorities can be used: the listener must not take clients unseen. */
  readonly failed: boolean;
}

const NONE: ClientValidation = { settings: {}, problems: [], failed: false };

const REASONS = {
  "unknown-kind": "InvalidCACertificateKind",
  "not-permitted": "RefNotPermitted",
  missing: "InvalidCACertificateRef",
} as const satisfies Record<BrokenReference["kind"], string>;

/** What `spec.tls.frontend` says for a listener: that of its port, else the default. */
export function clientValidationOf(gateway: Resource, listener: GatewayListener, lookup: Lookup): ClientValidation {
  if (listener.protocol !== "HTTPS") return NONE;
  const [base, validation] = validationFor(gateway, listener.port);
  if (validation === undefined) return NONE;
  const problems: ListenerProblem[] = [];
  const authorities: string[] = [];
  for (const [index, ref] of mappingsAt(validation, "caCertificateRefs").entries()) {
    const field = `${base}.caCertificateRefs[${index}]`;
    const found = referred(ref, gateway, [CORE_KINDS.configMap, CORE_KINDS.secret], lookup);
    const pem = isBroken(found) ? undefined : authoritiesOf(found);
    if (pem !== undefined) authorities.push(pem);
    else if (isBroken(found)) problems.push({ field, reason: REASONS[found.kind], message: found.message });
    else {
      const { namespace, name } = found.metadata;
      const message = `The ${found.kind} ${namespace}/${name} has no certificate in ca.crt.`;
      problems.push({ field, reason: "InvalidCACertificateRef", message });
    }
  }
  if (authorities.length === 0) return { settings: {}, problems, failed: true };
  // Who need not be anybody is not asked who it is: an optional certificate that is not valid would be refused.
  if (isInsecure(validation)) return { settings: {}, problems, failed: false };
  return { settings: { clientCa: authorities.join("\n"), clientAuth: "require" }, problems, failed: false };
}

/** Whether some listener lets clients through whose certificates are not valid. */
export function hasInsecureFallback(gateway: Resource): boolean {
  const frontend = frontendOf(gateway);
  const all = [mappingAt(frontend, "default"), ...perPort(frontend).map((one) => mappingAt(one, "tls"))];
  return all.some((tls) => isInsecure(mappingAt(tls, "validation")));
}

function isInsecure(validation: unknown): boolean {
  return textAt(validation, "mode") === "AllowInsecureFallback";
}

function frontendOf({ spec }: Resource): unknown {
  return mappingAt(mappingAt(spec, "tls"), "frontend");
}

function perPort(frontend: unknown): readonly unknown[] {
  return mappingsAt(frontend, "perPort");
}

/** With its place in the Gateway. */
function validationFor(gateway: Resource, port: number): [string, unknown] {
  const frontend = frontendOf(gateway);
  const index = perPort(frontend).findIndex((one) => numberAt(one, "port") === port);
  const tls = index === -1 ? mappingAt(frontend, "default") : mappingAt(perPort(frontend)[index], "tls");
  const place = index === -1 ? "default" : `perPort[${index}].tls`;
  return [`spec.tls.frontend.${place}.validation`, mappingAt(tls, "validation")];
}
