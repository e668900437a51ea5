import type { Mapping } from "../../check-values.ts";
import type { Path } from "../../report.ts";
import { mappingAt, mappingsAt, numberAt, textAt, textsAt } from "../gateway-api/fields.ts";
import type { Resource } from "../resource.ts";
import { secretValue } from "../secret.ts";
import type { Lookup, Written } from "../translator.ts";
import type { IstioScope } from "./scope.ts";
import { milliseconds } from "./string-match.ts";

/** A DestinationRule's `trafficPolicy`, as settings of a service. */

const SIMPLE: Readonly<Record<string, string>> = {
  ROUND_ROBIN: "round_robin",
  LEAST_REQUEST: "least_request",
  LEAST_CONN: "least_request",
  RANDOM: "random",
  UNSPECIFIED: "least_request",
};

/** The settings of a service that a policy comes to. */
export function settingsOf(policy: Mapping, rule: Resource, lookup: Lookup): Written {
  const tcp = mappingAt(mappingAt(policy, "connectionPool"), "tcp");
  const connectTimeout = milliseconds(tcp?.["connectTimeout"]);
  return {
    ...balanceOf(mappingAt(policy, "loadBalancer")),
    ...(connectTimeout === undefined || connectTimeout === 0 ? {} : { connectTimeout }),
    ...outlierOf(mappingAt(policy, "outlierDetection")),
    ...tlsOf(mappingAt(policy, "tls"), rule, lookup),
  };
}

function balanceOf(balancer: Mapping | undefined): Written {
  const simple = SIMPLE[textAt(balancer, "simple") ?? ""];
  if (simple !== undefined) return { loadBalance: simple };
  const hash = hashOf(mappingAt(balancer, "consistentHash"));
  return hash === undefined ? {} : { loadBalance: "hash", hash };
}

function hashOf(consistent: Mapping | undefined): Written | undefined {
  const [header, query] = [textAt(consistent, "httpHeaderName"), textAt(consistent, "httpQueryParameterName")];
  if (header !== undefined) return { header };
  if (query !== undefined) return { query };
  if (consistent?.["useSourceIp"] === true) return { source_ip: true };
  const cookie = mappingAt(consistent, "httpCookie");
  const name = textAt(cookie, "name");
  if (name === undefined) return undefined;
  const [ttl, path] = [milliseconds(cookie?.["ttl"]), textAt(cookie, "path")];
  return { cookie: name, ...(ttl === undefined ? {} : { ttl }), ...(path === undefined ? {} : { path }) };
}

function outlierOf(outlier: Mapping | undefined): Written {
  if (outlier === undefined) return {};
  const errors = ["consecutive5xxErrors", "consecutiveGatewayErrors", "consecutiveErrors"]
    .map((key) => numberAt(outlier, key))
    .find((count) => count !== undefined && count > 0);
  const base = milliseconds(outlier["baseEjectionTime"]);
  const most = numberAt(outlier, "maxEjectionPercent");
  return {
    outlierDetection: {
      ...(errors === undefined ? {} : { consecutiveErrors: errors }),
      ...(base === undefined || base === 0 ? {} : { baseEjection: base }),
      ...(most === undefined ? {} : { maxEjectionPercent: most }),
    },
  };
}

/** Certificates are a Secret's, or files of the gateway's machine. */
function tlsOf(tls: Mapping | undefined, rule: Resource, lookup: Lookup): Written {
  const mode = textAt(tls, "mode");
  if (mode === "DISABLE") return { protocol: "http" };
  if (tls === undefined || (mode !== "SIMPLE" && mode !== "MUTUAL")) return {};
  const secret = credentialOf(tls, rule, lookup);
  const value = (key: string): string | undefined => (secret === undefined ? undefined : secretValue(secret, key));
  const [cert, key, ca] = [
    value("tls.crt") ?? textAt(tls, "clientCertificate"),
    value("tls.key") ?? textAt(tls, "privateKey"),
    value("ca.crt") ?? value("cacert") ?? textAt(tls, "caCertificates"),
  ];
  const sni = textAt(tls, "sni");
  const names = textsAt(tls, "subjectAltNames");
  return {
    protocol: "https",
    tls: {
      verify: tls["insecureSkipVerify"] !== true,
      ...(sni === undefined ? {} : { sni }),
      ...(names.length === 0 ? {} : { subjectAltNames: names }),
      ...(ca === undefined ? {} : { ca }),
      ...(mode === "MUTUAL" && cert !== undefined && key !== undefined ? { cert, key } : {}),
    },
  };
}

function credentialOf(tls: Mapping, rule: Resource, lookup: Lookup): Resource | undefined {
  const name = textAt(tls, "credentialName");
  return name === undefined ? undefined : lookup.get("/Secret", rule.metadata.namespace, name);
}

/** Fields that the gateway has nothing for. */
const UNUSED: readonly (readonly string[])[] = [
  ["tunnel"],
  ["proxyProtocol"],
  ["loadBalancer", "localityLbSetting"],
  ["loadBalancer", "warmup"],
  ["connectionPool", "http"],
  ["connectionPool", "tcp", "maxConnections"],
  ["connectionPool", "tcp", "tcpKeepalive"],
];

/** Tells what of a policy is not known. */
export function policyFindings(policy: Mapping | undefined, at: Path, scope: IstioScope): void {
  if (policy === undefined) return;
  for (const path of UNUSED) {
    const found = path.reduce<unknown>((value, key) => (value as Mapping | undefined)?.[key], policy);
    if (found !== undefined) scope.warn([...at, ...path], "is not known, and does nothing");
  }
  const simple = textAt(mappingAt(policy, "loadBalancer"), "simple");
  if (simple !== undefined && SIMPLE[simple] === undefined)
    scope.warn([...at, "loadBalancer", "simple"], `${simple} is not known: endpoints are taken in turn`);
  const tls = mappingAt(policy, "tls");
  const mode = textAt(tls, "mode");
  if (mode === "ISTIO_MUTUAL")
    scope.error([...at, "tls", "mode"], "is for sidecars: connections have no TLS", "use MUTUAL with credentialName");
  const name = textAt(tls, "credentialName");
  if (name !== undefined && scope.lookup.get("/Secret", scope.namespace, name) === undefined)
    scope.error([...at, "tls", "credentialName"], `there is no Secret ${scope.namespace}/${name}`);
  for (const [index, one] of mappingsAt(policy, "portLevelSettings").entries())
    policyFindings(one, [...at, "portLevelSettings", index], scope);
}
