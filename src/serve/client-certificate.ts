import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate } from "node:tls";

/** A chain is no longer than this. */
const MAX_CHAIN = 10;

/** The certificates of a PEM bundle. Throws when one of them is none. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const parts = pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g);
  if (parts === null) throw new Error("its clientCa holds no PEM certificate");
  return parts.map((part) => new X509Certificate(part));
}

/**
 * Whether a client's certificate is of one of the authorities, now. The runtime has checked the same in the handshake, but a connection
 * that resumes a session is taken for what it was then, under other authorities perhaps.
 */
export function isOfAuthority(peer: DetailedPeerCertificate, authorities: readonly X509Certificate[]): boolean {
  const chain = chainOf(peer);
  const now = Date.now();
  for (const [index, certificate] of chain.entries()) {
    if (Date.parse(certificate.validTo) < now) return false;
    if (authorities.some((authority) => authority.fingerprint256 === certificate.fingerprint256)) return true;
    if (authorities.some((authority) => issued(authority, certificate))) return true;
    const next = chain[index + 1];
    if (next === undefined || !issued(next, certificate)) return false;
  }
  return false;
}

function issued(authority: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** What the client sent: its own certificate first. */
function chainOf(peer: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let at: DetailedPeerCertificate | undefined = peer;
  while (at?.raw !== undefined && chain.length < MAX_CHAIN) {
    chain.push(new X509Certificate(at.raw));
    // A root names itself.
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate;
  }
  return chain;
}
