import type { Resource } from "../kubernetes/resource.ts";
import type { KeyPair } from "../kubernetes/secret.ts";
import type { ObjectName, Written } from "../kubernetes/translator.ts";

/** Something of a source that could not be read. */
export interface SourceProblem {
  /** `gateway/shop.yaml:12`, or what the API server was asked. */
  readonly place: string;
  readonly message: string;
}

/** Where Kubernetes objects come from. It fills a set of them and keeps it up to date. */
export interface ResourceSource {
  /** Resolves once all objects are in the set. Rejects with an Error that says why nothing can be read. */
  open(changed: () => void): Promise<void>;
  /** What cannot be read at the moment. */
  readonly problems: readonly SourceProblem[];
  /** Writes an object's status, where the source can; what it was written already is not written again. */
  writeStatus?(resource: Resource, status: Written): void;
  /** Keeps certificates in Secrets, where the source can; `changed` is called when {@link CertificateKeeper.leads} becomes true. */
  readonly certificates?: CertificateKeeper;
  close(): Promise<void>;
}

/** A certificate to be kept in a Secret. */
export interface KeptCertificate extends KeyPair {
  /** Say what it is, and whose: `CERTIFICATE_DOMAIN` is one of them. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Keeps certificates in Secrets. */
export interface CertificateKeeper {
  /** Of several replicas one writes. */
  readonly leads: boolean;
  /** Rejects with an Error that says what to do; a Secret that was not made in this way stays as it is. */
  write(secret: ObjectName, certificate: KeptCertificate): Promise<void>;
}
