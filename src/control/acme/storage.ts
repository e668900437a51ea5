import type { AccountRecord, CertificateRecord, Challenge, Tries } from "./record.ts";

/** The right to get one certificate, held by one replica at a time. */
export interface Lease {
  /** Higher than that of every lease of this name before. */
  readonly fence: number;
  /** Aborts when the lease was lost. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** Where certificates, accounts and challenges are kept: between replicas, or on this machine. */
export interface AcmeStorage {
  /** Kept when the process ends. */
  readonly durable: boolean;
  /** Others may answer the check of a challenge that is put up here. */
  readonly shared: boolean;
  certificate(name: string): Promise<CertificateRecord | undefined>;
  saveCertificate(record: CertificateRecord, until: number): Promise<void>;
  tries(name: string): Promise<Tries | undefined>;
  /** Undefined: it went well. */
  saveTries(name: string, tries: Tries | undefined): Promise<void>;
  account(): Promise<AccountRecord | undefined>;
  saveAccount(account: AccountRecord): Promise<void>;
  /** Undefined while another replica has it. */
  lease(name: string): Promise<Lease | undefined>;
  putUp(challenge: Challenge): Promise<void>;
  takeDown(challenge: Challenge): Promise<void>;
  /** The answer to an HTTP-01 check. */
  answer(token: string): Promise<string | undefined>;
  /** The TLS-ALPN-01 challenge that is put up for a name. */
  alpn(name: string): Promise<Challenge | undefined>;
  /** Calls `changed` when there may be another certificate or TLS-ALPN-01 challenge of a name; undefined: of any. */
  watch(changed: (name: string | undefined) => void): Promise<() => Promise<void>>;
}

/** Seals what is kept where others may read it. */
export interface Sealer {
  seal(text: string): Promise<string>;
  /** Undefined for what was sealed by keys that are gone. */
  open(sealed: string): Promise<string | undefined>;
}
