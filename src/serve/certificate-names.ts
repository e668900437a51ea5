import { X509Certificate } from "node:crypto";
import type { Certificate } from "../core/host.ts";

/**
 * The DNS names a certificate is for, in lower case, wildcards as written; the common name when it has no alternative names.
 * Throws an Error that names no secret when the text is not a PEM certificate.
 */
export function certificateNames(certificate: Certificate): readonly string[] {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate.cert);
  } catch (cause) {
    throw new Error("the TLS certificate is not valid PEM", { cause });
  }
  const alternative = [...(parsed.subjectAltName ?? "").matchAll(/DNS:([^,\s]+)/g)].map((match) => match[1] ?? "");
  const names = alternative.length > 0 ? alternative : [/(?:^|\n)CN=([^\n]+)/.exec(parsed.subject)?.[1] ?? ""];
  return names.filter((name) => name !== "").map((name) => name.toLowerCase());
}
