import type { ServiceConfig } from "#config/model.ts";
import type { ServiceProtocol } from "#config/model/services.ts";
import type { JsonObject } from "#src/core/json.ts";
import { isAddress } from "./endpoints.ts";
import { ADS, typed } from "./resources.ts";

/** The protocols over TLS, and what is offered in its handshake. */
const ALPN: Readonly<Partial<Record<ServiceProtocol, string>>> = { https: "http/1.1", h2: "h2", grpcs: "h2" };

/** Where the authorities are that a machine trusts: Debian's place, which Envoy's images have. */
const USUAL_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/** How connections to a service are secured; nothing for a protocol without TLS. */
export function transportFields(service: ServiceConfig): JsonObject {
  const alpn = ALPN[service.protocol];
  if (alpn === undefined) return {};
  const { sni } = service.tls ?? {};
  const hosts = [...new Set(service.endpoints.map(({ host }) => host))];
  const [only] = hosts;
  if (sni !== undefined || only === undefined || hosts.length === 1) {
    return { transport_socket: tlsSocket(service, sni ?? only, alpn) };
  }
  // Each endpoint is asked for by its own name.
  const matches = hosts.map((host) => ({
    name: host,
    match: { host },
    transport_socket: tlsSocket(service, host, alpn),
  }));
  return { transport_socket_matches: matches };
}

/** Secrets of services, which come by SDS. */
export function serviceSecrets({ name, tls = { verify: true } }: ServiceConfig): JsonObject[] {
  const { ca, cert, key } = tls;
  return [
    ...(ca === undefined
      ? []
      : [{ name: authorities(name), validation_context: { trusted_ca: { inline_string: ca } } }]),
    ...(cert === undefined || key === undefined ? [] : [certificateSecret(certificate(name), cert, key)]),
  ];
}

/** A `Secret` that is a certificate and its key, as PEM text. */
export function certificateSecret(name: string, cert: string, key: string): JsonObject {
  return { name, tls_certificate: { certificate_chain: { inline_string: cert }, private_key: { inline_string: key } } };
}

const authorities = (service: string): string => `service/${service}/authorities`;
const certificate = (service: string): string => `service/${service}/certificate`;

function tlsSocket(
  { name, tls = { verify: true } }: ServiceConfig,
  host: string | undefined,
  alpn: string,
): JsonObject {
  const { verify, ca, subjectAltNames = [], cert, key } = tls;
  const names = subjectAltNames.length > 0 || host === undefined ? subjectAltNames : [host];
  const context = { match_typed_subject_alt_names: names.map(nameMatcher) };
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: typed("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", {
      ...(host === undefined || isAddress(host) ? {} : { sni: host }),
      common_tls_context: {
        alpn_protocols: [alpn],
        ...(cert === undefined || key === undefined
          ? {}
          : { tls_certificate_sds_secret_configs: [{ name: certificate(name), sds_config: ADS }] }),
        ...(verify ? trust(ca === undefined ? undefined : authorities(name), context) : {}),
      },
    }),
  };
}

function trust(secret: string | undefined, context: JsonObject): JsonObject {
  if (secret === undefined) return { validation_context: { trusted_ca: { filename: USUAL_AUTHORITIES }, ...context } };
  return {
    combined_validation_context: {
      default_validation_context: context,
      validation_context_sds_secret_config: { name: secret, sds_config: ADS },
    },
  };
}

function nameMatcher(name: string): JsonObject {
  const plain = name.replace(/^\[|\]$/g, "");
  return {
    san_type: isAddress(name) ? "IP_ADDRESS" : /^\w+:\/\//.test(name) ? "URI" : "DNS",
    matcher: { exact: plain },
  };
}
