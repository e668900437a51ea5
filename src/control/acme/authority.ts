import type { AccountRecord, Challenge, ChallengeType } from "./record.ts";
import type { RenewalInfo } from "./renewal-info.ts";

/** Who gives certificates, and as whom they are asked. */
export interface AuthorityOptions {
  readonly directory: string;
  readonly email?: string;
  readonly eab?: { readonly keyId: string; readonly hmacKey: string };
  /** PEM of the authority that the directory's own certificate is of. */
  readonly caCertificate?: string;
  readonly keyType: "ecdsa" | "rsa";
  /** Milliseconds between two looks at an order; doubled each time, up to ten times as much. */
  readonly pollInterval: number;
}

/** Where the account is kept. */
export interface AccountKeeper {
  account(): Promise<AccountRecord | undefined>;
  saveAccount(account: AccountRecord): Promise<void>;
}

/** Puts challenges up and takes them down again. */
export interface Solver {
  /** Those it can, the preferred one first. */
  readonly types: readonly ChallengeType[];
  putUp(challenge: Challenge): Promise<void>;
  takeDown(challenge: Challenge): Promise<void>;
}

/** A certificate and its key, PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

/** An authority that gives certificates. */
export interface Authority {
  /** A certificate for one name; `replaces` is the one it takes the place of. Rejects with an {@link AuthorityError}. */
  issue(name: string, solver: Solver, keeper: AccountKeeper, signal: AbortSignal, replaces?: string): Promise<Issued>;
  /** When the authority would like a certificate to be renewed; undefined where it does not say. */
  renewalInfo(cert: string): Promise<RenewalInfo | undefined>;
}

/** Why there is no certificate. */
export class AuthorityError extends Error {
  /** Milliseconds that the authority wants nobody to ask for. */
  readonly retryAfter: number | undefined;
  /** RFC 8555's, as in `rateLimited`. */
  readonly type: string | undefined;

  constructor(message: string, detail: { readonly retryAfter?: number; readonly type?: string }, cause: unknown) {
    super(message, { cause });
    this.retryAfter = detail.retryAfter;
    this.type = detail.type;
  }
}
