import { createHash, X509Certificate } from "node:crypto";
import type { Certificate } from "#src/core/host.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ADS, typed } from "./resources.ts";
import { certificateSecret } from "./upstream-tls.ts";

/** How connections are secured that ask for some names; without names for all others. */
export interface TlsChain {
  readonly names: readonly string[] | undefined;
  readonly socket: JsonObject;
}

/** A listener's TLS, and the secrets for it, which come by SDS: a new certificate cuts no connection. */
export interface ListenerTls {
  /** What is for all others comes last. */
  readonly chains: readonly TlsChain[];
  readonly secrets: readonly JsonObject[];
}

interface Served {
  readonly certificate: Certificate;
  readonly hosts: readonly string[];
  readonly secret: string;
}

/**
 * One chain for all certificates that ask the same of clients, among which Envoy picks by the names in them; the first certificate's is also
 * for names that none is for. A certificate that is shown for other names than those in it has a chain of its own.
 */
export function listenerTls(listener: string, certificates: readonly Certificate[]): ListenerTls {
  const served = named(certificates);
  const groups = new Map<string, Served[]>();
  for (const [index, one] of served.entries()) {
    const key = groupOf(one, index);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const all = [...groups.values()];
  const others = all.find((group) => group.some(({ hosts }) => hosts.includes("*"))) ?? all[0] ?? [];
  const taken = new Set<string>();
  const chains = all.flatMap((group): TlsChain[] => {
    if (group === others) return [];
    // Of two certificates for one name the first counts.
    const names = [...new Set(group.flatMap(({ hosts }) => hosts))].filter((name) => !taken.has(name));
    for (const name of names) taken.add(name);
    return names.length === 0 ? [] : [{ names, socket: socketOf(listener, group) }];
  });
  return {
    chains: [...chains, { names: undefined, socket: socketOf(listener, others) }],
    secrets: served.flatMap(({ certificate, secret }) => secretsOf(listener, certificate, secret)),
  };
}

/** Certificates that ask the same have the same key. */
function groupOf({ certificate, hosts }: Served, index: number): string {
  const { hosts: asked, clientCa, clientAuth, minVersion, maxVersion, ciphers } = certificate;
  const own = new Set(namesIn(certificate));
  const elsewhere = asked !== undefined && !hosts.every((host) => own.has(host));
  return JSON.stringify([clientCa, clientAuth, minVersion, maxVersion, ciphers, elsewhere ? index : ""]);
}

function secretsOf(listener: string, { cert, key, clientCa }: Certificate, secret: string): JsonObject[] {
  const own = certificateSecret(secret, cert, key);
  if (clientCa === undefined) return [own];
  return [
    own,
    { name: authorities(listener, clientCa), validation_context: { trusted_ca: { inline_string: clientCa } } },
  ];
}

const authorities = (listener: string, pem: string): string => `listener/${listener}/authorities/${digest(pem)}`;

function socketOf(listener: string, group: readonly Served[]): JsonObject {
  const { clientCa, clientAuth, ...rest } = group[0]?.certificate ?? { cert: "", key: "" };
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", {
      ...(clientCa === undefined || clientAuth === "optional" ? {} : { require_client_certificate: true }),
      common_tls_context: {
        alpn_protocols: ["h2", "http/1.1"],
        tls_certificate_sds_secret_configs: group.map(({ secret }) => ({ name: secret, sds_config: ADS })),
        ...versionFields(rest),
        ...(clientCa === undefined
          ? {}
          : { validation_context_sds_secret_config: { name: authorities(listener, clientCa), sds_config: ADS } }),
      },
    }),
  };
}

function versionFields({ minVersion, maxVersion, ciphers = [] }: Certificate): JsonObject {
  const params = {
    ...(minVersion === undefined ? {} : { tls_minimum_protocol_version: versionName(minVersion) }),
    ...(maxVersion === undefined ? {} : { tls_maximum_protocol_version: versionName(maxVersion) }),
    ...(ciphers.length === 0 ? {} : { cipher_suites: [...ciphers] }),
  };
  return Object.keys(params).length === 0 ? {} : { tls_params: params };
}

/** `TLSv1.2` as Envoy writes it: `TLSv1_2`; `TLSv1` is `TLSv1_0`. */
function versionName(version: string): string {
  return version === "TLSv1" ? "TLSv1_0" : version.replace(".", "_");
}

/** Secrets are called by the names they are for: a renewed certificate takes the old one's place, wherever it stands in the list. */
function named(certificates: readonly Certificate[]): Served[] {
  const seen = new Map<string, number>();
  return certificates.map((certificate) => {
    const hosts = certificate.hosts ?? namesIn(certificate);
    const text = hosts.join(",");
    const name = `certificate/${text.length <= READABLE ? text : digest(text)}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { certificate, hosts, secret: count === 1 ? name : `${name}/${count}` };
  });
}

const READABLE = 100;

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

const known = new WeakMap<Certificate, readonly string[]>();

/** The DNS names in a certificate, in lower case; its common name when it has none. */
function namesIn(certificate: Certificate): readonly string[] {
  const before = known.get(certificate);
  if (before !== undefined) return before;
  const { subjectAltName = "", subject } = new X509Certificate(certificate.cert);
  const hosts = Array.from(subjectAltName.matchAll(/DNS:([^,\s]+)/g), ([, host = ""]) => host.toLowerCase());
  const common = /(?:^|\n)CN=([^\n]+)/.exec(subject)?.[1];
  const names = hosts.length > 0 || common === undefined ? hosts : [common.toLowerCase()];
  known.set(certificate, names);
  return names;
}
