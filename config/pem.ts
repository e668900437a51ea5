import process from "node:process";

/** What is wrong with a certificate or its key; in words that hold nothing of either. */
export interface PairProblem {
  readonly part: "cert" | "key";
  readonly message: string;
}

/** Looks into PEM texts, with what the runtime itself will read them by. */
export interface PemChecks {
  /** A certificate chain and its key. */
  pair(cert: string, key: string): PairProblem | undefined;
  /** Certificates of authorities: what is wrong with them. */
  authorities(pem: string): string | undefined;
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** The checks of this runtime's own TLS. Its modules are loaded when the first certificate comes: most gateways have none. */
export const pemChecks: PemChecks = {
  pair(cert, key) {
    const { X509Certificate, createPrivateKey } = process.getBuiltinModule("node:crypto");
    const chain = parts(cert);
    if (chain.length === 0 || !chain.every(isCertificate)) return { part: "cert", message: "is not a PEM certificate" };
    const parsed = attempt(() => createPrivateKey(key));
    if (parsed === undefined) return { part: "key", message: "is not a PEM key" };
    const [own = ""] = chain;
    if (!new X509Certificate(own).checkPrivateKey(parsed))
      return { part: "key", message: "is not that of the certificate" };
    // What is left: keys that are too short, signatures that are too old.
    return makesContext({ cert, key })
      ? undefined
      : { part: "cert", message: "is not one that TLS can be served with" };
  },
  authorities(pem) {
    const all = parts(pem);
    return all.length > 0 && all.every(isCertificate) && makesContext({ ca: pem })
      ? undefined
      : "is not PEM certificates";
  },
};

/** Whether some of these cipher suites, by OpenSSL's names, are known here. */
export function knowsCiphers(names: readonly string[]): boolean {
  const known = new Set(process.getBuiltinModule("node:tls").getCiphers());
  return names.some((name) => known.has(name.toLowerCase()));
}

/** The DNS names a certificate is for, in lower case; the common name when it has no alternative names. It must be one that was checked. */
export function namesIn(cert: string): readonly string[] {
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const { subject, subjectAltName = "" } = new X509Certificate(cert);
  const alternative = [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name = ""]) => name);
  const names = alternative.length > 0 ? alternative : [/(?:^|\n)CN=([^\n]+)/.exec(subject)?.[1] ?? ""];
  return names.map((name) => name.toLowerCase());
}

function parts(pem: string): readonly string[] {
  return pem.match(CERTIFICATE) ?? [];
}

function isCertificate(pem: string): boolean {
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  return attempt(() => new X509Certificate(pem)) !== undefined;
}

function makesContext(options: { readonly cert?: string; readonly key?: string; readonly ca?: string }): boolean {
  return attempt(() => process.getBuiltinModule("node:tls").createSecureContext(options)) !== undefined;
}

/** Undefined where it throws. What the runtime says may quote the key. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
