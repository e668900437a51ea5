import { z } from "zod";

/** A certificate got by ACME, PEM. */
export interface CertificateRecord {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  /** When it was got: Unix milliseconds. */
  readonly issuedAt: number;
  /** Which issue it is of; of two the higher counts. */
  readonly fence: number;
}

/** The account that certificates are got with. */
export interface AccountRecord {
  readonly key: string;
  readonly url: string;
}

/** What became of the tries to get a certificate, since the last one that did. Times are Unix milliseconds. */
export interface Tries {
  readonly failures: number;
  readonly nextTry: number;
  readonly error: string;
}

/** How a certificate authority checks that a name is ours. */
export type ChallengeType = "http-01" | "tls-alpn-01" | "dns-01";

/** What has to be put up for a check. */
export interface Challenge {
  readonly type: ChallengeType;
  /** The name that is checked, without its wildcard. */
  readonly name: string;
  readonly token: string;
  /** HTTP-01: the answer; DNS-01: the TXT record's value. */
  readonly value: string;
  /** TLS-ALPN-01: the certificate that is shown, PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

const pair = { cert: z.string(), key: z.string() };

/** A {@link CertificateRecord} as it is kept. */
export const certificateRecord: z.ZodType<CertificateRecord> = z.object({
  ...pair,
  name: z.string(),
  issuedAt: z.number(),
  fence: z.number(),
});

/** An {@link AccountRecord} as it is kept. */
export const accountRecord: z.ZodType<AccountRecord> = z.object({ key: z.string(), url: z.string() });

/** {@link Tries} as they are kept. */
export const triesRecord: z.ZodType<Tries> = z.object({
  failures: z.number(),
  nextTry: z.number(),
  error: z.string(),
});

/** A {@link Challenge} as it is kept. */
export const challengeRecord: z.ZodType<Challenge> = z.object({
  type: z.enum(["http-01", "tls-alpn-01", "dns-01"]),
  name: z.string(),
  token: z.string(),
  value: z.string(),
  certificate: z.object(pair).exactOptional(),
});
