import { mapping } from "../check-values.ts";
import { credentialFor, type HigressCredential, type HigressHttps, readHigressHttps } from "./higress-https.ts";
import type { Resource } from "./resource.ts";
import { type KeyPair, type SecretProblem, tlsSecret } from "./secret.ts";
import type { Lookup, ObjectName, TranslatorOptions } from "./translator.ts";

/** The ConfigMap of the system namespace with certificates by domain. */
export const HIGRESS_HTTPS = "higress-https";

type Read = ReturnType<typeof readHigressHttps>;

/**
 * What the ConfigMap `higress-https` says, read once. While its text cannot be read at all, what it said before goes on, as in Higress: a
 * slip of the pen must not take the certificates of all hosts.
 */
export class DomainCertificates {
  readonly #known = new WeakMap<Resource, Read>();
  /** By namespace. */
  readonly #last = new Map<string, HigressHttps>();

  read(configMap: Resource): Read {
    const before = this.#known.get(configMap);
    if (before !== undefined) return before;
    const text = mapping(configMap.data)["cert"];
    const read = typeof text === "string" ? readHigressHttps(text) : NO_TEXT;
    const { namespace } = configMap.metadata;
    const last = this.#last.get(namespace);
    const kept = read.https === undefined && last !== undefined ? { ...read, https: last } : read;
    if (kept.https !== undefined) this.#last.set(namespace, kept.https);
    this.#known.set(configMap, kept);
    return kept;
  }

  /** Undefined without the ConfigMap. */
  of(lookup: Lookup, { systemNamespace }: TranslatorOptions): HigressHttps | undefined {
    const configMap = lookup.get("/ConfigMap", systemNamespace, HIGRESS_HTTPS);
    if (configMap !== undefined) return this.read(configMap).https;
    this.#last.delete(systemNamespace);
    return undefined;
  }
}

const NO_TEXT: Read = { problems: [{ path: [], message: "is not there, or no text" }] };

/** The Secret of an entry. */
export function secretOf({ secret }: HigressCredential, { systemNamespace }: TranslatorOptions): ObjectName {
  return { namespace: systemNamespace, ...secret };
}

/** Says on a Secret which name its certificate was got for. */
export const CERTIFICATE_DOMAIN = "higress.io/cert-domain";

/** Whether an entry's certificate is got by ACME. A Secret that somebody made by hand is left as it is, and shown. */
export function isAutomatic(
  { automaticHttps }: HigressHttps,
  credential: HigressCredential,
  lookup: Lookup,
  options: TranslatorOptions,
): boolean {
  if (!automaticHttps || !credential.auto) return false;
  const { namespace, name } = secretOf(credential, options);
  const secret = lookup.get("/Secret", namespace, name);
  return secret === undefined || secret.metadata.annotations[CERTIFICATE_DOMAIN] !== undefined;
}

/** The certificate that `higress-https` has for a host: `auto` where it is got by ACME. Undefined when it has none. */
export function domainCertificate(
  host: string,
  https: HigressHttps | undefined,
  lookup: Lookup,
  options: TranslatorOptions,
): KeyPair | SecretProblem | "auto" | undefined {
  const credential = https === undefined ? undefined : credentialFor(https, host);
  if (https === undefined || credential === undefined) return undefined;
  if (isAutomatic(https, credential, lookup, options)) return "auto";
  const { namespace, name } = secretOf(credential, options);
  return tlsSecret(lookup, namespace, name);
}
