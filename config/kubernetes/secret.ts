import { createPrivateKey, X509Certificate } from "node:crypto";
import { mapping } from "../check-values.ts";
import type { Resource } from "./resource.ts";
import type { Lookup } from "./translator.ts";

/** A certificate and its key, as PEM text. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Why a Secret cannot be used; never with anything of what it holds. */
export interface SecretProblem {
  readonly problem: string;
  readonly hint?: string;
}

/** A value of a Secret: from `data` in base64, or `stringData` as it is written in files. Undefined where there is none. */
export function secretValue(secret: Resource, key: string): string | undefined {
  const plain = mapping(secret["stringData"])[key];
  if (typeof plain === "string") return plain;
  const encoded = mapping(secret["data"])[key];
  return typeof encoded === "string" ? Buffer.from(encoded, "base64").toString("utf8") : undefined;
}

/** The certificate and key of a TLS Secret, if they are good and belong together. */
export function tlsSecret(lookup: Lookup, namespace: string, name: string): KeyPair | SecretProblem {
  const secret = lookup.get("/Secret", namespace, name);
  if (secret === undefined) return { problem: `there is no Secret ${namespace}/${name}` };
  const cert = secretValue(secret, "tls.crt");
  const key = secretValue(secret, "tls.key");
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? "tls.crt" : "tls.key";
    return {
      problem: `the Secret ${namespace}/${name} has no ${missing}`,
      hint: "kubectl create secret tls makes one",
    };
  }
  const wrong = pairProblem(cert, key);
  return wrong === undefined ? { cert, key } : { problem: `the Secret ${namespace}/${name} ${wrong}` };
}

/** Names that authorities are under: Kubernetes' own, and Istio's. */
const CA_KEYS = ["ca.crt", "cacert"];

/** The authorities in a Secret. */
export function caSecret(lookup: Lookup, namespace: string, name: string): { readonly ca: string } | SecretProblem {
  const secret = lookup.get("/Secret", namespace, name);
  if (secret === undefined) return { problem: `there is no Secret ${namespace}/${name}` };
  const ca = CA_KEYS.map((key) => secretValue(secret, key)).find((value) => value !== undefined);
  if (ca === undefined) return { problem: `the Secret ${namespace}/${name} has no ca.crt` };
  return isCertificate(ca) ? { ca } : { problem: `the Secret ${namespace}/${name} has a ca.crt that is not PEM` };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/** What is wrong with a certificate and its key. */
function pairProblem(cert: string, key: string): string | undefined {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(cert);
  } catch {
    return "has a tls.crt that is not a PEM certificate";
  }
  try {
    return parsed.checkPrivateKey(createPrivateKey(key)) ? undefined : "has a tls.key that is not that of its tls.crt";
  } catch {
    return "has a tls.key that is not a PEM key";
  }
}
