import { certificateProblems, places } from "./certificate-checks.ts";
import { mapping } from "./check-values.ts";
import type { AcmeConfig, CertificateConfig, Config, ListenerConfig, ServiceConfig } from "./model.ts";
import type { PemChecks } from "./pem.ts";
import { type ReferenceScope, resolvePath, unreadable } from "./references.ts";
import type { Path, Problem } from "./report.ts";

const PEM = "-----BEGIN ";

/** Certificates read from their files. */
export interface Certificates {
  readonly problems: readonly Problem[];
  /** The configuration with PEM text in place of file paths. */
  apply(config: Config): Config;
}

/**
 * Reads the PEM files that listeners, services, `acme` and `xds` name. Takes any value as configuration. Each file is read once. What is
 * in them is looked at with `checks`.
 */
export function loadCertificates(
  config: unknown,
  scope: ReferenceScope,
  show: (path: Path, value: string) => string,
  checks: PemChecks | undefined,
): Certificates {
  const problems: Problem[] = [];
  const texts = new Map<string, string>();
  for (const [path, written] of pemValues(config)) {
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
  if (checks !== undefined) {
    const readable = (written: string): string | undefined => (pem(written).includes(PEM) ? pem(written) : undefined);
    problems.push(...certificateProblems(config, checks, readable));
  }
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

/** Every value of a configuration that names a PEM file, or is PEM text. */
function pemValues(config: unknown): readonly [Path, string][] {
  return places(mapping(config)).flatMap(({ path, written }) =>
    PEM_KEYS.flatMap((key): [Path, string][] => {
      const value = written[key];
      return typeof value === "string" && value !== "" ? [[[...path, key], value]] : [];
    }),
  );
}

const PEM_KEYS = ["caCertificate", "ca", "cert", "key", "clientCa"];
