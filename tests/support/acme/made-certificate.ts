import {
  AuthorityKeyIdentifierExtension,
  cryptoProvider,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** What a made certificate is to have. */
export interface MadeOptions {
  readonly name: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** In hexadecimal. */
  readonly serial?: string;
  /** The identifier of its authority's key, in hexadecimal. */
  readonly authorityKey?: string;
}

/** A self-signed certificate with its key, PEM. */
export async function madeCertificate(options: MadeOptions): Promise<{ readonly cert: string; readonly key: string }> {
  cryptoProvider.set(crypto);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const { name, notBefore, notAfter, serial, authorityKey } = options;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    signingAlgorithm: ALGORITHM,
    keys,
    ...(serial === undefined ? {} : { serialNumber: serial }),
    extensions: [
      new SubjectAlternativeNameExtension([{ type: "dns", value: name }]),
      ...(authorityKey === undefined ? [] : [new AuthorityKeyIdentifierExtension(authorityKey)]),
    ],
  });
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toBase64();
  return { cert: certificate.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}
