import type { TlsSettings } from "#src/core/host.ts";
import { checkValue } from "../issues.ts";
import { certificate as certificateSchema, tlsSettings as settingsSchema } from "../model/listeners.ts";
import type { CertificateConfig, Config, ListenerConfig } from "../model.ts";
import { knowsCiphers } from "../pem.ts";
import { formatPath, type Problem } from "../report.ts";
import type { ResourceFinding } from "./checked-entries.ts";
import type { Merged } from "./merge.ts";
import type { Resource } from "./resource.ts";
import type { PieceCertificate } from "./translator.ts";

type Found = (finding: ResourceFinding) => void;
type Listeners = Config["listeners"];

/** What listeners came to with certificates. */
interface Outcome {
  readonly listeners: Listeners;
  readonly certificates: Merged["certificates"];
  readonly auto: Merged["auto"];
  readonly result: Listeners;
  readonly findings: readonly ResourceFinding[];
}

/** Puts the certificates of objects on listeners. */
export class ResourceCertificates {
  #last: Outcome | undefined;

  /** The configuration with them. Listeners for TLS that nobody has a certificate for are not opened. */
  over(config: Config, merged: Merged, found: Found): Config {
    const { listeners } = config;
    const { certificates, auto } = merged;
    let last = this.#last;
    if (last?.listeners !== listeners || last.certificates !== certificates || last.auto !== auto) {
      const findings: ResourceFinding[] = [];
      const result = withCertificates(listeners, merged, (finding) => findings.push(finding));
      this.#last = last = { listeners, certificates, auto, result, findings };
    }
    for (const finding of last.findings) found(finding);
    return { ...config, listeners: last.result };
  }
}

/** What objects have for one listener. */
class Shown {
  readonly certificates: CertificateConfig[] = [];
  /** Names that certificates are got for by ACME. */
  readonly auto: Set<string> = new Set();
  /** What is asked of clients of hosts, whatever they are shown. */
  readonly asked: Map<string, TlsSettings> = new Map();
}

function withCertificates(all: Listeners, { certificates, auto }: Merged, found: Found): Listeners {
  const shown = new Map(all.map(({ name }) => [name, new Shown()]));
  for (const { certificate, from: resource } of certificates) {
    const usable = checked(certificate, resource, found);
    for (const name of certificate.listeners) {
      const listener = shown.get(name);
      if (listener === undefined) found(nowhere(resource, name));
      else if (usable !== undefined) add(listener, usable);
    }
  }
  for (const { auto: got } of auto) for (const name of got.listeners) shown.get(name)?.auto.add(got.name);
  const listeners = all.map((listener) => withShown(listener, shown.get(listener.name) ?? new Shown()));
  return listeners.filter((listener) => !isEmpty(listener));
}

function add({ certificates, asked }: Shown, usable: Usable): void {
  if ("cert" in usable) certificates.push(usable);
  else for (const host of usable.hosts) if (!asked.has(host)) asked.set(host, usable.settings);
}

function withShown(listener: ListenerConfig, { certificates, auto, asked }: Shown): ListenerConfig {
  if (certificates.length === 0 && auto.size === 0 && asked.size === 0) return listener;
  const { tls = { certificates: [] } } = listener;
  const names = [...new Set([...(tls.auto ?? []), ...auto])];
  return {
    ...listener,
    tls: {
      ...tls,
      certificates: [...tls.certificates, ...certificates],
      ...(names.length === 0 ? {} : { auto: names }),
      ...(asked.size === 0 ? {} : { asked: Object.fromEntries(asked) }),
    },
  };
}

function isEmpty({ tls }: ListenerConfig): boolean {
  return tls !== undefined && tls.certificates.length === 0 && tls.auto === undefined;
}

function nowhere(resource: Resource, listener: string): ResourceFinding {
  const message = `its certificate is for the listener ${listener}, which is not there`;
  return { resource, field: "", severity: "warning", message, hint: "give the configuration a listener with tls" };
}

/** A certificate, or what is asked of clients of hosts without one of their own. */
type Usable = CertificateConfig | { readonly hosts: readonly string[]; readonly settings: TlsSettings };

interface Checked {
  readonly usable: Usable | undefined;
  readonly problems: readonly string[];
}

/** What was made of pieces that are the same objects as before. */
const known = new WeakMap<PieceCertificate, Checked>();

function checked(piece: PieceCertificate, resource: Resource, found: Found): Usable | undefined {
  let outcome = known.get(piece);
  if (outcome === undefined) known.set(piece, (outcome = check(piece)));
  for (const message of outcome.problems) found({ resource, field: "", severity: "error", message });
  return outcome.usable;
}

function check(piece: PieceCertificate): Checked {
  const { ciphers } = piece;
  if (ciphers === undefined || knowsCiphers(ciphers)) return checkVersions(piece);
  const { ciphers: _, ...without } = piece;
  const { usable, problems } = checkVersions(without);
  return { usable, problems: ["none of its ciphers is known here: it is shown without a choice of them", ...problems] };
}

/** Versions that leave none cost themselves: what is asked of clients stays. */
function checkVersions(piece: PieceCertificate): Checked {
  const outcome = read(piece);
  if ("usable" in outcome) return { usable: outcome.usable, problems: [] };
  const { minVersion: _, maxVersion: __, ...without } = piece;
  const other = read(without);
  return { usable: "usable" in other ? other.usable : undefined, problems: outcome.problems };
}

function read(piece: PieceCertificate): { readonly usable: Usable } | { readonly problems: readonly string[] } {
  const { listeners: _, ...written } = piece;
  if (written.cert !== undefined) {
    const outcome = checkValue(certificateSchema, written);
    return "data" in outcome ? { usable: outcome.data } : told(outcome.problems);
  }
  const { hosts = [], ...asked } = written;
  const outcome = checkValue(settingsSchema, asked);
  return "data" in outcome ? { usable: { hosts, settings: outcome.data } } : told(outcome.problems);
}

function told(problems: readonly Problem[]): { readonly problems: readonly string[] } {
  return { problems: problems.map(({ path, message }) => `its certificate's ${formatPath(path)} ${message}`) };
}
