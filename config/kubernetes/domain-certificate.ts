import { mapping } from "../check-values.ts";
import { credentialFor, type HigressCredential, type HigressHttps, readHigressHttps } from "./higress-https.ts";
import type { Resource } from "./resource.ts";
import { type KeyPair, type SecretProblem, tlsSecret } from "./secret.ts";
import type { Lookup, ObjectName, TranslatorOptions } from "./translator.ts";

/** The ConfigMap of the system namespace with certificates by domain. */
export const HIGRESS_HTTPS = "higress-https";

/** What the ConfigMap says; its text is read once. */
const known = new WeakMap<Resource, ReturnType<typeof readHigressHttps>>();

/** What a ConfigMap `higress-https` says. */
export function readDomainCertificates(configMap: Resource): ReturnType<typeof readHigressHttps> {
  let read = known.get(configMap);
  if (read === undefined) {
    const text = mapping(configMap.data)["cert"];
    read =
      typeof text === "string"
        ? readHigressHttps(text)
        : { problems: [{ path: [], message: "is not there, or no text" }] };
    known.set(configMap, read);
  }
  return read;
}

/** What `higress-https` says; undefined without it. */
export function domainCertificates(lookup: Lookup, { systemNamespace }: TranslatorOptions): HigressHttps | undefined {
  const configMap = lookup.get("/ConfigMap", systemNamespace, HIGRESS_HTTPS);
  return configMap === undefined ? undefined : readDomainCertificates(configMap).https;
}

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
