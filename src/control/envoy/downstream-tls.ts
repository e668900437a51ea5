import { createHash, X509Certificate } from "node:crypto";
import type { CertificateConfig } from "#config/model.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ADS, typed } from "./resources.ts";
import { certificateSecret } from "./upstream-tls.ts";

/** What a listener's TLS is like. */
export interface DownstreamTls {
  /** The first one is for names that no other is for. */
  readonly certificates: readonly CertificateConfig[];
  /** PEM text of the authorities whose certificates clients must show. */
  readonly clientAuthorities?: string;
  /** `TLSv1.2`. */
  readonly minVersion?: string;
  readonly maxVersion?: string;
  /** By OpenSSL's names. */
  readonly ciphers?: readonly string[];
}

/** How a listener's connections are secured, and the secrets for it, which come by SDS: a new certificate cuts no connection. */
export interface ListenerTls {
  readonly socket: JsonObject;
  readonly secrets: readonly JsonObject[];
}

export function listenerTls(listener: string, tls: DownstreamTls): ListenerTls {
  const named = secretNames(tls.certificates);
  const secrets = tls.certificates.map(({ cert, key }, index) => certificateSecret(named[index] ?? "", cert, key));
  const { clientAuthorities: ca } = tls;
  const authorities = `listener/${listener}/client-authorities`;
  return {
    secrets: [
      ...secrets,
      ...(ca === undefined ? [] : [{ name: authorities, validation_context: { trusted_ca: { inline_string: ca } } }]),
    ],
    socket: {
      name: "envoy.transport_sockets.tls",
      typed_config: typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", {
        ...(ca === undefined ? {} : { require_client_certificate: true }),
        common_tls_context: {
          alpn_protocols: ["h2", "http/1.1"],
          tls_certificate_sds_secret_configs: named.map((name) => ({ name, sds_config: ADS })),
          ...versionFields(tls),
          ...(ca === undefined ? {} : { validation_context_sds_secret_config: { name: authorities, sds_config: ADS } }),
        },
      }),
    },
  };
}

function versionFields({ minVersion, maxVersion, ciphers = [] }: DownstreamTls): JsonObject {
  const params = {
    ...(minVersion === undefined ? {} : { tls_minimum_protocol_version: versionName(minVersion) }),
    ...(maxVersion === undefined ? {} : { tls_maximum_protocol_version: versionName(maxVersion) }),
    ...(ciphers.length === 0 ? {} : { cipher_suites: [...ciphers] }),
  };
  return Object.keys(params).length === 0 ? {} : { tls_params: params };
}

/** `TLSv1.2` as Envoy writes it: `TLSv1_2`. */
function versionName(version: string): string {
  return version.replace(".", "_");
}

/** By the names that certificates are for: a renewed one takes the old one's place, whatever its place in the list. */
function secretNames(certificates: readonly CertificateConfig[]): string[] {
  const seen = new Map<string, number>();
  return certificates.map(({ cert }) => {
    const name = `certificate/${hostsOf(cert)}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}/${count}`;
  });
}

const READABLE = 100;

function hostsOf(cert: string): string {
  const { subjectAltName = "", subject } = new X509Certificate(cert);
  const hosts = Array.from(subjectAltName.matchAll(/DNS:([^,\s]+)/g), ([, host = ""]) => host);
  const text = hosts.length > 0 ? hosts.join(",") : (/(?:^|\n)CN=([^\n]+)/.exec(subject)?.[1] ?? "");
  return text.length <= READABLE ? text : createHash("sha256").update(text).digest("hex");
}
