import { AuthorityKeyIdentifierExtension, X509Certificate } from "@peculiar/x509";
import { z } from "zod";
import type { SuggestedWindow } from "./renewal.ts";

/** What an authority says of a certificate's renewal (RFC 9773). */
export interface RenewalInfo {
  readonly window: SuggestedWindow;
  /** Milliseconds until it should be asked again. */
  readonly askAgain: number;
}

const answer = z.object({ suggestedWindow: z.object({ start: z.string(), end: z.string() }) });

const HOUR = 3_600_000;

/** What a certificate is known by (RFC 9773, 4.1); undefined when it does not name its authority's key. */
export function certificateId(pem: string): string | undefined {
  const certificate = new X509Certificate(pem);
  const keyId = certificate.getExtension(AuthorityKeyIdentifierExtension)?.keyId;
  if (keyId === undefined) return undefined;
  const serial = certificate.serialNumber;
  // DER's own: a leading zero keeps the number positive.
  const bytes = /^[89a-f]/i.test(serial) ? `00${serial}` : serial;
  return `${base64url(keyId)}.${base64url(bytes)}`;
}

function base64url(hex: string): string {
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** Undefined for what is no answer, or a window that ends before it begins. `retryAfter` is in milliseconds. */
export function renewalInfoOf(body: unknown, retryAfter: number | undefined): RenewalInfo | undefined {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return undefined;
  const start = Date.parse(parsed.data.suggestedWindow.start);
  const end = Date.parse(parsed.data.suggestedWindow.end);
  if (!(start <= end)) return undefined;
  // Between a minute and a day, whatever is asked for (RFC 9773, 4.3.3).
  const askAgain = Math.min(Math.max(retryAfter ?? 6 * HOUR, 60_000), 24 * HOUR);
  return { window: { start, end }, askAgain };
}
