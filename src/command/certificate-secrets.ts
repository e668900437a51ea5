import { X509Certificate } from "node:crypto";
import { CERTIFICATE_DOMAIN } from "#config/kubernetes/domain-certificate.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import { tlsSecret } from "#config/kubernetes/secret.ts";
import type { Lookup, ObjectName } from "#config/kubernetes/translator.ts";
import type { CertificateKeeper } from "#config/sources/resource-source.ts";
import type { CertificateRecord } from "../control/acme/record.ts";
import type { CertificateSecrets } from "../control/acme/secret-storage.ts";

/** Which issue of its certificate a Secret has. */
const ISSUE = "sluice.io/certificate-issue";

/** The Secrets that certificates of `higress-https` are in. */
export function certificateSecrets(
  lookup: Lookup,
  placeOf: (name: string) => ObjectName | undefined,
  keeper: CertificateKeeper | undefined,
): CertificateSecrets {
  const secretOf = (name: string): Resource | undefined => {
    const place = placeOf(name);
    return place === undefined ? undefined : lookup.get("/Secret", place.namespace, place.name);
  };
  const secrets: CertificateSecrets = {
    isFor: (name) => placeOf(name) !== undefined,
    read(name) {
      const secret = secretOf(name);
      return secret === undefined ? undefined : recordIn(secret, name, lookup);
    },
  };
  if (keeper === undefined) return secrets;
  return {
    ...secrets,
    writer: {
      get leads() {
        return keeper.leads;
      },
      async write(record) {
        const place = placeOf(record.name);
        const { cert, key } = record;
        const renewed = secretOf(record.name) !== undefined;
        if (place !== undefined) await keeper.write(place, { cert, key, annotations: annotationsOf(record, renewed) });
      },
    },
  };
}

/** Undefined for a Secret of something else. Those of Higress do not say their issue: then the begin of the certificate's time stands for it. */
function recordIn(secret: Resource, name: string, lookup: Lookup): CertificateRecord | undefined {
  const { annotations, namespace, name: secretName } = secret.metadata;
  if (annotations[CERTIFICATE_DOMAIN]?.toLowerCase() !== name) return undefined;
  const pair = tlsSecret(lookup, namespace, secretName);
  if ("problem" in pair) return undefined;
  const issue = Number(annotations[ISSUE] ?? Number.NaN);
  const fence = Number.isSafeInteger(issue) ? issue : Date.parse(new X509Certificate(pair.cert).validFrom);
  return { name, cert: pair.cert, key: pair.key, issuedAt: fence, fence };
}

/** As Higress has them, and which issue it is. */
function annotationsOf({ name, cert, issuedAt, fence }: CertificateRecord, renewed: boolean): Record<string, string> {
  const { validFrom, validTo } = new X509Certificate(cert);
  return {
    [CERTIFICATE_DOMAIN]: name,
    "higress.io/cert-notBefore": written(Date.parse(validFrom)),
    "higress.io/cert-notAfter": written(Date.parse(validTo)),
    "higress.io/cert-source": "letsencrypt",
    "higress.io/cert-renew": String(renewed),
    ...(renewed ? { "higress.io/cert-renew-time": written(issuedAt) } : {}),
    [ISSUE]: String(fence),
  };
}

/** `2026-11-26 08:00:00`. */
function written(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace("T", " ");
}
