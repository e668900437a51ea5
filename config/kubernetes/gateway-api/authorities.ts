import { X509Certificate } from "node:crypto";
import { mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import { secretValue } from "../secret.ts";

/** The certificates of authorities in `ca.crt` of a ConfigMap or a Secret; undefined when there are none that can be read. */
export function authoritiesOf(resource: Resource): string | undefined {
  const text = resource.kind === "Secret" ? secretValue(resource, "ca.crt") : mapping(resource.data)["ca.crt"];
  if (typeof text !== "string") return undefined;
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return certificates.length > 0 && certificates.every(isCertificate) ? text : undefined;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
