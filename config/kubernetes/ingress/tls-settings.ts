import { caSecret } from "../secret.ts";
import { NOBODY } from "../nobody.ts";
import type { PieceCertificate } from "../translator.ts";
import { type IngressScope, splitName } from "./scope.ts";

/** What an Ingress asks of clients of its hosts. */
export type TlsSettings = Pick<PieceCertificate, "clientCa" | "clientAuth" | "minVersion" | "maxVersion" | "ciphers">;

/** `auth-tls-secret`, `ssl-cipher` and `tls-{min,max}-protocol-version`. */
export function tlsSettings(scope: IngressScope): TlsSettings {
  const min = versionOf(scope, "tls-min-protocol-version");
  const max = versionOf(scope, "tls-max-protocol-version");
  const ciphers = ciphersOf(scope);
  return {
    ...clientsOf(scope),
    ...(min === undefined ? {} : { minVersion: min }),
    ...(max === undefined ? {} : { maxVersion: max }),
    ...(ciphers.length === 0 ? {} : { ciphers }),
  };
}

/** Where clients' certificates are wanted and there is nothing to check them by, nobody comes in: a Secret that is gone opens nothing. */
function clientsOf({ annotations, lookup, namespace }: IngressScope): TlsSettings {
  if (!annotations.has("auth-tls-secret")) return {};
  const named = splitName(annotations.text("auth-tls-secret") ?? "", namespace);
  if (named === undefined || named.namespace !== namespace) {
    annotations.error("auth-tls-secret", "must name a Secret of the Ingress' own namespace", SHUT);
    return { clientCa: NOBODY, clientAuth: "require" };
  }
  const trusted = caSecret(lookup, namespace, named.name);
  if ("ca" in trusted) return { clientCa: trusted.ca, clientAuth: "require" };
  annotations.error("auth-tls-secret", trusted.problem, trusted.hint ?? SHUT);
  return { clientCa: NOBODY, clientAuth: "require" };
}

const SHUT = "until then its hosts take nobody over TLS";

const VERSIONS = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

function versionOf(
  { annotations }: IngressScope,
  name: "tls-min-protocol-version" | "tls-max-protocol-version",
): string | undefined {
  const version = annotations.text(name);
  if (version === undefined || VERSIONS.includes(version)) return version;
  annotations.error(name, `must be one of ${VERSIONS.join(", ")}`);
  return undefined;
}

/** OpenSSL's names, with colons between them. */
function ciphersOf({ annotations }: IngressScope): readonly string[] {
  const names = (annotations.text("ssl-cipher") ?? "").split(":").filter((name) => name !== "");
  return names.filter((name) => {
    if (/^[A-Z0-9][A-Z0-9_-]*$/.test(name)) return true;
    annotations.error("ssl-cipher", `${name} is not a cipher's name`, "as in ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA");
    return false;
  });
}
