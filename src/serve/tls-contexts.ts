import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import {
  createSecureContext,
  getCiphers,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
} from "node:tls";
import { type Certificate, TLS_VERSIONS, type TlsVersion } from "../core/host.ts";
import { certificateNames } from "./certificate-names.ts";
import { certificatesIn } from "./client-certificate.ts";

/** Certificates of the same names with what is asked of clients that are shown them: one for each type of key. */
export interface ShownGroup {
  /** The first of them. */
  readonly certificate: Certificate;
  /** What a TLS context is made of. */
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  /** Of clients' certificates. */
  readonly authorities: readonly X509Certificate[];
}

/** The certificates of a listener, by the name that a client asks for. */
export class TlsContexts {
  /** By all that goes into them. */
  readonly groups: ReadonlyMap<string, ShownGroup>;
  readonly #exact = new Map<string, ShownGroup>();
  readonly #wildcards = new Map<string, ShownGroup>();
  /** For all other names, and clients that name none. */
  readonly otherwise: ShownGroup;
  /** Whether anybody is asked for a certificate. */
  readonly asksClients: boolean;

  /** Contexts that did not change are taken from `before`. Throws an Error that names no secret when a certificate cannot be used. */
  constructor(certificates: readonly Certificate[], before?: TlsContexts) {
    const groups = new Map<string, ShownGroup>();
    const groupOf = (name: string, members: readonly Certificate[]): ShownGroup => {
      const key = JSON.stringify(members);
      const group = groups.get(key) ?? before?.groups.get(key) ?? makeGroup(name, members);
      groups.set(key, group);
      return group;
    };
    const byName = certificatesByName(certificates);
    for (const [name, all] of byName) {
      const group = groupOf(name, oneOfEachKeyType(all));
      if (name.startsWith("*.")) this.#wildcards.set(name.slice(1), group);
      else this.#exact.set(name, group);
    }
    const [first] = certificates;
    if (first === undefined) throw new Error("a listener with TLS needs a certificate");
    this.otherwise = this.#exact.get("*") ?? this.#first(first) ?? groupOf("", [first]);
    this.groups = groups;
    this.asksClients = groups.values().some(({ certificate }) => certificate.clientCa !== undefined);
  }

  /** The group of a certificate's first name. */
  #first(certificate: Certificate): ShownGroup | undefined {
    const [name] = namesOf(certificate);
    if (name === undefined) return undefined;
    return name.startsWith("*.") ? this.#wildcards.get(name.slice(1)) : this.#exact.get(name);
  }

  /** What is shown to a client that asks for `name`; its case does not matter. */
  find(name: string): ShownGroup {
    const lower = name.toLowerCase();
    const dot = lower.indexOf(".");
    // A wildcard is one label deep (RFC 6125).
    const wildcard = dot > 0 ? this.#wildcards.get(lower.slice(dot)) : undefined;
    return this.#exact.get(lower) ?? wildcard ?? this.otherwise;
  }

  /** What is there for this name itself. */
  exact(name: string): ShownGroup | undefined {
    return this.#exact.get(name.toLowerCase());
  }

  /** The versions that some certificate allows: a connection's are agreed on before the name's certificate is known (Bun). */
  get versions(): { readonly minVersion: SecureVersion; readonly maxVersion: SecureVersion } {
    const all = [...this.groups.values()].map(({ certificate }) => versionsOf(certificate));
    const least = Math.min(...all.map(({ least }) => least));
    const most = Math.max(...all.map(({ most }) => most));
    return { minVersion: nodeVersion(least), maxVersion: nodeVersion(most) };
  }
}

function namesOf(certificate: Certificate): readonly string[] {
  return certificate.hosts?.map((name) => name.toLowerCase()) ?? certificateNames(certificate);
}

function certificatesByName(certificates: readonly Certificate[]): ReadonlyMap<string, readonly Certificate[]> {
  const byName = new Map<string, Certificate[]>();
  for (const certificate of certificates) {
    for (const name of new Set(namesOf(certificate))) {
      const list = byName.get(name);
      if (list === undefined) byName.set(name, [certificate]);
      else list.push(certificate);
    }
  }
  return byName;
}

/** Of a name's certificates the first counts, with those that ask the same of clients and have another type of key. */
function oneOfEachKeyType(certificates: readonly Certificate[]): readonly Certificate[] {
  const [first] = certificates;
  if (first === undefined || certificates.length === 1) return certificates;
  const byType = new Map<string, Certificate>();
  for (const certificate of certificates) {
    const type = keyType(certificate);
    if (askedBy(certificate) === askedBy(first) && !byType.has(type)) byType.set(type, certificate);
  }
  return [...byType.values()];
}

function askedBy({ clientCa, clientAuth, minVersion, maxVersion, ciphers }: Certificate): string {
  return JSON.stringify([clientCa, clientAuth, minVersion, maxVersion, ciphers]);
}

function keyType({ cert }: Certificate): string {
  return new X509Certificate(cert).publicKey.asymmetricKeyType ?? "";
}

function makeGroup(name: string, members: readonly Certificate[]): ShownGroup {
  const [certificate] = members;
  if (certificate === undefined) throw new Error("a listener with TLS needs a certificate");
  const { clientCa, ciphers } = certificate;
  const { least, most } = versionsOf(certificate);
  const options: SecureContextOptions = {
    cert: members.map(({ cert }) => cert),
    key: members.map(({ key }) => key),
    minVersion: nodeVersion(least),
    maxVersion: nodeVersion(most),
    ...(clientCa === undefined ? {} : { ca: clientCa }),
    ...(ciphers === undefined ? {} : { ciphers: ciphers.join(":") }),
  };
  try {
    for (const member of members) checkPair(member);
    const authorities = clientCa === undefined ? [] : certificatesIn(clientCa);
    checkCiphers(ciphers);
    return { certificate, options, context: createSecureContext(options), authorities };
  } catch (cause) {
    const told = name === "" ? "" : ` for ${name}`;
    throw new Error(`the TLS certificate${told} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

/** Deno would find out in the handshake. */
function checkPair({ cert, key }: Certificate): void {
  let parsed: KeyObject;
  try {
    parsed = createPrivateKey(key);
  } catch (cause) {
    throw new Error("its key is not a PEM key", { cause });
  }
  if (!new X509Certificate(cert).checkPrivateKey(parsed)) throw new Error("its key is another certificate's");
}

function checkCiphers(names: readonly string[] = []): void {
  if (names.length === 0) return;
  const known = new Set(getCiphers());
  if (!names.some((name) => known.has(name.toLowerCase()))) throw new Error("none of its ciphers is known here");
}

/** What the TLS library says names the part that is wrong, never its text. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (
    /[A-Z_]{8,}/
      .exec(text.split(":").at(-1) ?? "")?.[0]
      ?.toLowerCase()
      .replaceAll("_", " ") ?? text
  );
}

/** A certificate's versions as places in {@link TLS_VERSIONS}. */
export function versionsOf({ minVersion = "TLSv1.2", maxVersion = "TLSv1.3" }: Certificate): {
  readonly least: number;
  readonly most: number;
} {
  return { least: TLS_VERSIONS.indexOf(minVersion), most: TLS_VERSIONS.indexOf(maxVersion) };
}

function nodeVersion(place: number): SecureVersion {
  const version: TlsVersion = TLS_VERSIONS[place] ?? "TLSv1.2";
  return version === "TLSv1.0" ? "TLSv1" : version;
}
