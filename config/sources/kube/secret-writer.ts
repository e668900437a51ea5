import { mapping } from "../../check-values.ts";
import { CERTIFICATE_DOMAIN } from "../../kubernetes/domain-certificate.ts";
import { resourceOf } from "../../kubernetes/read-resources.ts";
import type { Resource } from "../../kubernetes/resource.ts";
import type { ObjectName } from "../../kubernetes/translator.ts";
import type { KeptCertificate } from "../resource-source.ts";
import { type KubeClient, KubeError } from "./api-client.ts";

/** How often a Secret is tried to be written that somebody else changes at the same time. */
const TRIES = 5;

/**
 * Writes a certificate into a Secret of type kubernetes.io/tls; the Secret as it is then. What else is in it stays. Rejects with an Error
 * that says what to do, and never puts anything over a Secret that was not made in this way.
 */
export async function writeSecret(
  client: KubeClient,
  { namespace, name }: ObjectName,
  certificate: KeptCertificate,
  signal: AbortSignal,
): Promise<Resource> {
  const collection = `/api/v1/namespaces/${namespace}/secrets`;
  const path = `${collection}/${name}`;
  for (let tries = 1; ; tries++) {
    try {
      const there = await client.json({ path, signal }).catch(absent);
      const body = secretWith(mapping(there), { namespace, name }, certificate);
      const written = await client.json({
        signal,
        body,
        ...(there === undefined ? { method: "POST", path: collection } : { method: "PUT", path }),
      });
      return read(written);
    } catch (error) {
      // Somebody else was there in between.
      if (!(error instanceof KubeError && error.status === 409) || tries === TRIES) throw error;
    }
  }
}

function secretWith(
  there: Readonly<Record<string, unknown>>,
  { namespace, name }: ObjectName,
  { cert, key, annotations }: KeptCertificate,
): Readonly<Record<string, unknown>> {
  const metadata = mapping(there["metadata"]);
  const before = mapping(metadata["annotations"]);
  const exists = there["metadata"] !== undefined;
  if (exists && before[CERTIFICATE_DOMAIN] !== annotations[CERTIFICATE_DOMAIN]) {
    const whose = before[CERTIFICATE_DOMAIN] === undefined ? "was not made by automatic HTTPS" : "is another name's";
    throw new Error(`the Secret ${namespace}/${name} ${whose}: give another tlsSecret, or delete it`);
  }
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    ...there,
    metadata: { ...metadata, name, namespace, annotations: { ...before, ...annotations } },
    data: { ...mapping(there["data"]), "tls.crt": base64(cert), "tls.key": base64(key) },
  };
}

function absent(error: unknown): undefined {
  if (error instanceof KubeError && error.status === 404) return undefined;
  throw error;
}

function read(written: unknown): Resource {
  const resource = resourceOf({ apiVersion: "v1", kind: "Secret", ...mapping(written) });
  if (typeof resource === "string") throw new KubeError(0, `the API server answered with something else: ${resource}`);
  return resource;
}
