import { caSecret, tlsSecret } from "../secret.ts";
import type { Written } from "../translator.ts";
import { balanceOf } from "./balance.ts";
import { type IngressScope, splitName } from "./scope.ts";

/** What an Ingress says of its services, as fields of their entries. */
export function serviceSettings(scope: IngressScope): Written {
  return { ...balanceOf(scope), ...protocolOf(scope) };
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  HTTP: "http",
  HTTP2: "h2c",
  HTTPS: "https",
  GRPC: "grpc",
  GRPCS: "grpcs",
};

/** The same over TLS. */
const OVER_TLS: Readonly<Record<string, string>> = { http: "https", h2c: "h2", grpc: "grpcs" };

function protocolOf(scope: IngressScope): Written {
  const { annotations } = scope;
  const written = annotations.text("backend-protocol")?.toUpperCase();
  const said = written === undefined ? undefined : PROTOCOLS[written];
  if (written !== undefined && said === undefined) {
    annotations.error("backend-protocol", "is not known here", Object.keys(PROTOCOLS).join(", "));
  }
  // A certificate to show means TLS, whatever else is said, as in Higress; also where it cannot be had.
  const secret = annotations.has("proxy-ssl-secret") ? (keysOf(scope) ?? {}) : undefined;
  const protocol = secret === undefined ? said : (OVER_TLS[said ?? "http"] ?? said);
  if (protocol === undefined) return {};
  const overTls = Object.values(OVER_TLS).includes(protocol);
  return overTls ? { protocol, tls: { ...tlsOf(scope), ...secret } } : { protocol };
}

function tlsOf({ annotations }: IngressScope): Written {
  const name = annotations.text("proxy-ssl-name");
  // Without this annotation certificates are not looked at, as in ingress-nginx and Higress: those of pods are rarely good.
  const verify = annotations.onOff("proxy-ssl-verify") ?? false;
  const asks = annotations.onOff("proxy-ssl-server-name") ?? true;
  return { verify, ...(name !== undefined && (asks || verify) ? { sni: name } : {}) };
}

/** The certificate that is shown to the service, and the authorities that its own must be of. */
function keysOf(scope: IngressScope): Written | undefined {
  const { annotations, lookup, namespace } = scope;
  const named = splitName(annotations.text("proxy-ssl-secret") ?? "", namespace);
  if (named === undefined || named.namespace !== namespace) {
    annotations.error("proxy-ssl-secret", "must name a Secret of the Ingress' own namespace");
    return undefined;
  }
  const pair = tlsSecret(lookup, namespace, named.name);
  const trusted = caSecret(lookup, namespace, named.name);
  if ("problem" in pair) annotations.error("proxy-ssl-secret", pair.problem, pair.hint);
  return { ...("ca" in trusted ? trusted : {}), ...("cert" in pair ? pair : {}) };
}
