import type { AcmeConfig, CertificateConfig, Config, ListenerConfig, ServiceConfig } from "./model.ts";
import { type ReferenceScope, resolvePath, unreadable } from "./references.ts";
import type { Path, Problem } from "./report.ts";

const PEM = "-----BEGIN ";

/** Certificates read from their files. */
export interface Certificates {
  readonly problems: readonly Problem[];
  /** The configuration with PEM text in place of file paths. */
  apply(config: Config): Config;
}

/** Reads the PEM files that listeners, services, `acme` and `xds` name. Takes any value as configuration. Each file is read once. */
export function loadCertificates(
  config: unknown,
  scope: ReferenceScope,
  show: (path: Path, value: string) => string,
): Certificates {
  const problems: Problem[] = [];
  const texts = new Map<string, string>();
  for (const [path, written] of certificatePaths(config)) {
    if (written.trimStart().startsWith(PEM)) continue;
    // Never shown: a key pasted in another form.
    const pasted = written.includes("\n") || written.length > 500;
    const problem = pasted ? "is neither PEM text nor the path of a PEM file" : read(written, scope, texts);
    if (problem === undefined) continue;
    problems.push({
      path,
      message: pasted ? problem : `file ${show(path, resolvePath(scope.file, written))} ${problem}`,
    });
  }
  const pem = (written: string): string => texts.get(written) ?? written;
  const applied = (certificate: CertificateConfig): CertificateConfig => {
    const { cert, key, clientCa } = certificate;
    const ca = clientCa === undefined ? {} : { clientCa: pem(clientCa) };
    return { ...certificate, cert: pem(cert), key: pem(key), ...ca };
  };
  return {
    problems,
    apply: (checked) => ({
      ...checked,
      listeners: checked.listeners.map((listener) => withPem(listener, applied)),
      services: checked.services.map((service) => serviceWithPem(service, pem)),
      acme: acmeAt(checked.acme, scope.file, pem),
      ...(checked.xds?.tls === undefined ? {} : { xds: { ...checked.xds, tls: applied(checked.xds.tls) } }),
    }),
  };
}

/** A service that names no file stays the same object. */
function serviceWithPem(service: ServiceConfig, pem: (written: string) => string): ServiceConfig {
  const { ca, cert, key } = service.tls ?? {};
  if (service.tls === undefined || (ca ?? cert ?? key) === undefined) return service;
  const own = cert === undefined || key === undefined ? {} : { cert: pem(cert), key: pem(key) };
  return { ...service, tls: { ...service.tls, ...(ca === undefined ? {} : { ca: pem(ca) }), ...own } };
}

function withPem(
  listener: ListenerConfig,
  applied: (certificate: CertificateConfig) => CertificateConfig,
): ListenerConfig {
  const { tls } = listener;
  if (tls === undefined) return listener;
  return { ...listener, tls: { ...tls, certificates: tls.certificates.map(applied) } };
}

function acmeAt(acme: AcmeConfig, file: string, pem: (written: string) => string): AcmeConfig {
  const { caCertificate, storage } = acme;
  return {
    ...acme,
    ...(caCertificate === undefined ? {} : { caCertificate: pem(caCertificate) }),
    ...(storage === undefined ? {} : { storage: resolvePath(file, storage) }),
  };
}

function read(written: string, scope: ReferenceScope, texts: Map<string, string>): string | undefined {
  if (texts.has(written)) return undefined;
  try {
    const text = scope.readFile(resolvePath(scope.file, written));
    if (!text.includes(PEM)) return "is not a PEM file";
    texts.set(written, text);
    return undefined;
  } catch (error) {
    return unreadable(error);
  }
}

/** Every place of a configuration that names a PEM file. */
function certificatePaths(config: unknown): [Path, string][] {
  const found: [Path, string][] = [];
  const authority = at(at(config, "acme"), "caCertificate");
  if (typeof authority === "string" && authority !== "") found.push([["acme", "caCertificate"], authority]);
  const add = (entry: unknown, key: string, path: Path): void => {
    const written = at(entry, key);
    if (typeof written === "string" && written !== "") found.push([[...path, key], written]);
  };
  for (const [index, listener] of listAt(config, "listeners").entries()) {
    const certificates = listAt(at(listener, "tls"), "certificates");
    for (const [position, certificate] of certificates.entries()) {
      for (const key of ["cert", "key", "clientCa"])
        add(certificate, key, ["listeners", index, "tls", "certificates", position]);
    }
  }
  for (const [index, service] of listAt(config, "services").entries())
    for (const key of ["ca", "cert", "key"]) add(at(service, "tls"), key, ["services", index, "tls"]);
  for (const key of ["cert", "key", "clientCa"]) add(at(at(config, "xds"), "tls"), key, ["xds", "tls"]);
  return found;
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = at(value, key);
  return Array.isArray(found) ? (found as unknown[]) : [];
}
