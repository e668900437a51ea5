import type { Mapping } from "../../check-values.ts";
import type { Path } from "../../report.ts";
import { mappingAt, mappingsAt, numberAt, textAt, textsAt } from "../gateway-api/fields.ts";
import { bounded } from "../gateway-api/names.ts";
import { isGiven, nativeListener } from "../gateway-api/native-listeners.ts";
import { labelOf, type Resource } from "../resource.ts";
import { NOBODY } from "../nobody.ts";
import { caSecret, tlsSecret } from "../secret.ts";
import type { PieceCertificate, Translator, TranslatorOptions, Written } from "../translator.ts";
import { IstioScope } from "./scope.ts";

const KIND = "networking.istio.io/Gateway";

/** One of a Gateway's servers. */
export interface GatewayServer {
  readonly at: Path;
  readonly port: number;
  /** What clients speak there. */
  readonly kind: "http" | "https" | "passthrough" | "tcp";
  /** Without their namespaces; `*`: all. */
  readonly hosts: readonly string[];
  /** HTTP that is answered with a redirect, whatever is asked for. */
  readonly redirects: boolean;
  readonly tls: Mapping | undefined;
}

/** The servers of a Gateway, as far as they can be read. */
export function serversOf({ spec }: Resource): readonly GatewayServer[] {
  return mappingsAt(spec, "servers").flatMap((server, index) => {
    const port = mappingAt(server, "port");
    const number = numberAt(port, "number");
    if (number === undefined) return [];
    const tls = mappingAt(server, "tls");
    const hosts = textsAt(server, "hosts").map((host) => host.slice(host.indexOf("/") + 1).toLowerCase());
    return [
      {
        at: ["spec", "servers", index],
        port: number,
        kind: kindOf(textAt(port, "protocol")?.toUpperCase() ?? "HTTP", textAt(tls, "mode")),
        hosts,
        redirects: tls?.["httpsRedirect"] === true,
        tls,
      },
    ];
  });
}

function kindOf(protocol: string, mode: string | undefined): GatewayServer["kind"] {
  if (mode === "PASSTHROUGH" || mode === "AUTO_PASSTHROUGH") return "passthrough";
  if (protocol === "HTTPS") return "https";
  if (protocol === "TLS") return mode === undefined ? "passthrough" : "https";
  return protocol === "TCP" || protocol === "MONGO" ? "tcp" : "http";
}

/** Which of a VirtualService's hosts a server takes, written as narrow as the narrower of both. */
export function hostsAt({ hosts }: GatewayServer, wanted: readonly string[]): readonly string[] {
  return [...new Set(wanted.flatMap((host) => hosts.flatMap((own) => narrower(host, own) ?? [])))];
}

function narrower(one: string, other: string): string | undefined {
  if (includes(other, one)) return one;
  return includes(one, other) ? other : undefined;
}

function includes(pattern: string, host: string): boolean {
  if (pattern === "*" || pattern === host) return true;
  return pattern.startsWith("*.") && host.endsWith(pattern.slice(1));
}

/** A Gateway comes to certificates, to listeners for ports that have none yet, and to its redirects. */
export const gatewayTranslator: Translator = {
  kind: KIND,
  translate(resource, lookup, options) {
    const scope = new IstioScope(resource, lookup, options);
    const servers = serversOf(resource);
    if (servers.length === 0) scope.error(["spec", "servers"], "has no server with a port");
    for (const { at, kind } of servers) {
      if (kind !== "tcp" && kind !== "passthrough") continue;
      const message = "only Envoy passes connections on as they are; the gateway itself does not open it";
      scope.warn(at, message, "see docs/envoy.md");
    }
    return {
      listeners: listenersIn(servers, options),
      certificates: servers.flatMap((server) => certificatesIn(server, scope)),
      routes: servers.flatMap((server, index) => redirectIn(server, index, resource, options)),
      findings: scope.findings,
    };
  },
};

function listenersIn(servers: readonly GatewayServer[], options: TranslatorOptions): readonly Written[] {
  const made = new Map<number, Written>();
  for (const { port, kind } of servers) {
    if (isGiven(port, options) || made.has(port)) continue;
    const bytes = kind === "tcp" || kind === "passthrough" ? { protocol: "tcp" } : {};
    made.set(port, { name: nativeListener(port, options), port, ...bytes });
  }
  return [...made.values()];
}

/** Istio's versions of TLS. */
const VERSIONS: Readonly<Record<string, string>> = {
  TLSV1_0: "TLSv1",
  TLSV1_1: "TLSv1.1",
  TLSV1_2: "TLSv1.2",
  TLSV1_3: "TLSv1.3",
};

function certificatesIn({ at, kind, port, hosts, tls }: GatewayServer, scope: IstioScope): readonly PieceCertificate[] {
  if (kind !== "https") return [];
  const [single, several] = [textAt(tls, "credentialName"), textsAt(tls, "credentialNames")];
  const names = single === undefined ? several : [single];
  if (names.length === 0) {
    const hint = "name a Secret; files of the gateway's machine belong into the configuration's listeners";
    scope.error([...at, "tls", "credentialName"], "is required", hint);
  }
  const [least, most] = ["minProtocolVersion", "maxProtocolVersion"].map((key) => VERSIONS[textAt(tls, key) ?? ""]);
  const ciphers = textsAt(tls, "cipherSuites");
  const clients = clientsOf(tls, names[0], at, scope);
  const listeners = [nativeListener(port, scope.options)];
  const settings = {
    ...clients,
    ...(least === undefined ? {} : { minVersion: least }),
    ...(most === undefined ? {} : { maxVersion: most }),
    ...(ciphers.length === 0 ? {} : { ciphers }),
  };
  const isForAll = hosts.length === 0 || hosts.includes("*");
  const shown = names.flatMap((name): readonly PieceCertificate[] => {
    const pair = tlsSecret(scope.lookup, scope.namespace, name);
    if ("cert" in pair) return [{ listeners, ...(isForAll ? {} : { hosts }), ...pair, ...settings }];
    scope.error([...at, "tls", "credentialName"], pair.problem, pair.hint);
    return [];
  });
  if (shown.length > 0 || clients.clientCa === undefined) return shown;
  // Without a certificate of its own, what another one is shown for its hosts asks the same.
  return [{ listeners, hosts: isForAll ? ["*"] : hosts, ...settings }];
}

/** Whose certificates clients must have; where it cannot be told, nobody's are good. */
function clientsOf(
  tls: Mapping | undefined,
  name: string | undefined,
  at: Path,
  scope: IstioScope,
): Pick<PieceCertificate, "clientCa" | "clientAuth"> {
  const mode = textAt(tls, "mode");
  if (mode !== "MUTUAL" && mode !== "OPTIONAL_MUTUAL") return {};
  const clientAuth = mode === "MUTUAL" ? "require" : "optional";
  if (name === undefined) return { clientCa: NOBODY, clientAuth };
  for (const one of [textAt(tls, "caCertCredentialName"), `${name}-cacert`, name]) {
    const found = one === undefined ? undefined : caSecret(scope.lookup, scope.namespace, one);
    if (found !== undefined && "ca" in found) return { clientCa: found.ca, clientAuth };
  }
  const message = `neither the Secret ${scope.namespace}/${name} nor ${name}-cacert has a ca.crt: nobody could be let in`;
  scope.error([...at, "tls", "mode"], message);
  return { clientCa: NOBODY, clientAuth };
}

function redirectIn(
  { redirects, kind, port, hosts }: GatewayServer,
  index: number,
  resource: Resource,
  options: TranslatorOptions,
): readonly Written[] {
  if (!redirects || kind !== "http") return [];
  const { namespace, name } = resource.metadata;
  return [
    {
      name: bounded(`IstioGateway/${namespace}/${name}/${index}`),
      match: { ...(hosts.length === 0 ? {} : { hosts }), listeners: [nativeListener(port, options)] },
      redirect: { scheme: "https", status: 301 },
      origin: labelOf(resource),
    },
  ];
}
