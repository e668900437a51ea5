import { mapping } from "../check-values.ts";
import { pemChecks } from "../pem.ts";
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

/** What Secrets came to: many Ingresses name the same one. */
const pairs = new WeakMap<Resource, KeyPair | SecretProblem>();
const authorities = new WeakMap<Resource, Authorities | SecretProblem>();

/** The certificate and key of a TLS Secret, if they are good and belong together. */
export function tlsSecret(lookup: Lookup, namespace: string, name: string): KeyPair | SecretProblem {
  const secret = lookup.get("/Secret", namespace, name);
  if (secret === undefined) return { problem: `there is no Secret ${namespace}/${name}` };
  return once(pairs, secret, () => pairIn(secret, `the Secret ${namespace}/${name}`));
}

/** Where each part of a pair is. */
const KEYS = { cert: "tls.crt", key: "tls.key" } as const;

function pairIn(secret: Resource, named: string): KeyPair | SecretProblem {
  const cert = secretValue(secret, KEYS.cert);
  const key = secretValue(secret, KEYS.key);
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? KEYS.cert : KEYS.key;
    return { problem: `${named} has no ${missing}`, hint: "kubectl create secret tls makes one" };
  }
  const wrong = pemChecks.pair(cert, key);
  return wrong === undefined ? { cert, key } : { problem: `${named} has a ${KEYS[wrong.part]} that ${wrong.message}` };
}

/** Certificates that others must be of, as PEM text. */
export interface Authorities {
  readonly ca: string;
}

/** Names that authorities are under: Kubernetes' own, and Istio's. */
const CA_KEYS = ["ca.crt", "cacert"];

/** The authorities in a Secret. */
export function caSecret(lookup: Lookup, namespace: string, name: string): Authorities | SecretProblem {
  const secret = lookup.get("/Secret", namespace, name);
  if (secret === undefined) return { problem: `there is no Secret ${namespace}/${name}` };
  return once(authorities, secret, () => authoritiesIn(secret, `the Secret ${namespace}/${name}`));
}

function authoritiesIn(secret: Resource, named: string): Authorities | SecretProblem {
  const ca = CA_KEYS.map((key) => secretValue(secret, key)).find((value) => value !== undefined);
  if (ca === undefined) return { problem: `${named} has no ca.crt` };
  const wrong = pemChecks.authorities(ca);
  return wrong === undefined ? { ca } : { problem: `${named} has a ca.crt that ${wrong}` };
}

function once<T>(known: WeakMap<Resource, T>, secret: Resource, make: () => T): T {
  const before = known.get(secret);
  if (before !== undefined) return before;
  const made = make();
  known.set(secret, made);
  return made;
}
