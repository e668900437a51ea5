import { checkValue } from "../issues.ts";
import { certificate as certificateSchema } from "../model/listeners.ts";
import type { CertificateConfig, Config } from "../model.ts";
import { formatPath } from "../report.ts";
import type { ResourceFinding } from "./checked-entries.ts";
import type { Merged } from "./merge.ts";
import type { Resource } from "./resource.ts";
import type { PieceCertificate } from "./translator.ts";

type Listeners = Config["listeners"];

/** What listeners came to with certificates. */
interface Shown {
  readonly listeners: Listeners;
  readonly certificates: Merged["certificates"];
  readonly result: Listeners;
  readonly findings: readonly ResourceFinding[];
}

/** Puts the certificates of objects on listeners. */
export class ResourceCertificates {
  #last: Shown | undefined;

  /** The configuration with them. Listeners for TLS that nobody has a certificate for are not opened. */
  over(config: Config, { certificates }: Merged, found: (finding: ResourceFinding) => void): Config {
    const { listeners } = config;
    let last = this.#last;
    if (last?.listeners !== listeners || last.certificates !== certificates) {
      const findings: ResourceFinding[] = [];
      const result = withCertificates(listeners, certificates, (finding) => findings.push(finding));
      this.#last = last = { listeners, certificates, result, findings };
    }
    for (const finding of last.findings) found(finding);
    return { ...config, listeners: last.result };
  }
}

function withCertificates(
  all: Listeners,
  merged: Merged["certificates"],
  found: (finding: ResourceFinding) => void,
): Listeners {
  const byListener = new Map<string, CertificateConfig[]>();
  const names = new Set(all.map(({ name }) => name));
  for (const { certificate, from: resource } of merged) {
    const shown = checked(certificate, resource, found);
    if (shown === undefined) continue;
    for (const name of certificate.listeners) {
      if (!names.has(name)) {
        const message = `its certificate is for the listener ${name}, which is not there`;
        found({
          resource,
          field: "",
          severity: "warning",
          message,
          hint: "give the configuration a listener with tls",
        });
      }
      const list = byListener.get(name);
      if (list === undefined) byListener.set(name, [shown]);
      else list.push(shown);
    }
  }
  return all.flatMap((listener) => {
    const certificates = byListener.get(listener.name);
    if (certificates === undefined) return isEmpty(listener) ? [] : [listener];
    const own = listener.tls?.certificates ?? [];
    return [{ ...listener, tls: { ...listener.tls, certificates: [...own, ...certificates] } }];
  });
}

/** What was made of pieces that are the same objects as before. */
const known = new WeakMap<PieceCertificate, CertificateConfig>();

function checked(
  piece: PieceCertificate,
  resource: Resource,
  found: (finding: ResourceFinding) => void,
): CertificateConfig | undefined {
  const before = known.get(piece);
  if (before !== undefined) return before;
  const { listeners: _, ...written } = piece;
  const outcome = checkValue(certificateSchema, written);
  if ("data" in outcome) {
    known.set(piece, outcome.data);
    return outcome.data;
  }
  for (const { path, message } of outcome.problems)
    found({ resource, field: "", severity: "error", message: `its certificate's ${formatPath(path)} ${message}` });
  return undefined;
}

function isEmpty({ tls }: Config["listeners"][number]): boolean {
  return tls !== undefined && tls.certificates.length === 0 && tls.auto === undefined;
}
