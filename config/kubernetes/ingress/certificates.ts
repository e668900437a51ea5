import { entries, mapping, strings } from "../../check-values.ts";
import { caSecret, tlsSecret } from "../secret.ts";
import type { PieceCertificate } from "../translator.ts";
import { type IngressScope, splitName } from "./scope.ts";

type TlsSettings = Pick<PieceCertificate, "clientCa" | "clientAuth" | "minVersion" | "maxVersion" | "ciphers">;

/** `spec.tls`, with `auth-tls-secret`, `ssl-cipher` and `tls-{min,max}-protocol-version`. */
export function certificatesOf(scope: IngressScope): readonly PieceCertificate[] {
  const { resource, found, lookup, namespace, options } = scope;
  const blocks = entries(mapping(resource["spec"])["tls"]);
  if (blocks.length === 0) return [];
  const { httpsListener } = options;
  if (httpsListener === undefined) {
    found.warning("spec.tls", "there is no listener with TLS here", "give the configuration one");
    return [];
  }
  const settings = tlsSettings(scope);
  const seen = new Set<string>();
  return blocks.flatMap(([index, { hosts, secretName }]) => {
    const field = `spec.tls[${index}]`;
    // Without a Secret the listener shows what it has.
    if (typeof secretName !== "string" || secretName === "") return [];
    const pair = tlsSecret(lookup, namespace, secretName);
    if ("problem" in pair) {
      found.error(`${field}.secretName`, pair.problem, pair.hint);
      return [];
    }
    const names = strings(hosts)
      .map(([, host]) => host.toLowerCase())
      .filter((host) => isFirst(host, field));
    // Whoever wants clients' certificates must not be reached without.
    if (settings === undefined) return [];
    if (names.length === 0 && strings(hosts).length > 0) return [];
    return [{ listeners: [httpsListener], ...(names.length === 0 ? {} : { hosts: names }), ...pair, ...settings }];
  });

  function isFirst(host: string, field: string): boolean {
    const known = seen.size;
    if (seen.add(host).size > known) return true;
    found.warning(`${field}.hosts`, `does nothing for ${host}, which is in another block already`);
    return false;
  }
}

/** Undefined when clients' certificates are wanted and there is nothing to check them by. */
function tlsSettings(scope: IngressScope): TlsSettings | undefined {
  const clients = clientsOf(scope);
  if (clients === undefined) return undefined;
  const min = versionOf(scope, "tls-min-protocol-version");
  const max = versionOf(scope, "tls-max-protocol-version");
  const ciphers = ciphersOf(scope);
  return {
    ...clients,
    ...(min === undefined ? {} : { minVersion: min }),
    ...(max === undefined ? {} : { maxVersion: max }),
    ...(ciphers.length === 0 ? {} : { ciphers }),
  };
}

function clientsOf({ annotations, lookup, namespace }: IngressScope): TlsSettings | undefined {
  if (!annotations.has("auth-tls-secret")) return {};
  const named = splitName(annotations.text("auth-tls-secret") ?? "", namespace);
  if (named === undefined || named.namespace !== namespace) {
    annotations.error("auth-tls-secret", "must name a Secret of the Ingress' own namespace");
    return undefined;
  }
  const trusted = caSecret(lookup, namespace, named.name);
  if ("ca" in trusted) return { clientCa: trusted.ca, clientAuth: "require" };
  annotations.error("auth-tls-secret", trusted.problem, trusted.hint);
  return undefined;
}

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
