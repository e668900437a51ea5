const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** When a certificate is good, in Unix milliseconds. */
export interface Lifetime {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** When its authority would like a certificate to be renewed (RFC 9773), in Unix milliseconds. */
export interface SuggestedWindow {
  readonly start: number;
  readonly end: number;
}

/**
 * When a certificate is to be renewed: when a share `renewBefore` of its lifetime is left, somewhat earlier by chance so that many are
 * not due at once; or by chance within the window that its authority suggests. `random` answers 0 to 1, the same for the same certificate.
 */
export function renewalTime(
  { notBefore, notAfter }: Lifetime,
  renewBefore: number,
  random: number,
  suggested?: SuggestedWindow,
): number {
  if (suggested !== undefined) return suggested.start + random * Math.max(0, suggested.end - suggested.start);
  const left = (notAfter - notBefore) * renewBefore;
  return notAfter - left - random * Math.min(left / 10, DAY);
}

/**
 * How long to rest after so many failures in a row: 2 minutes, three times as much after each, a day at most; somewhat more by chance.
 * Let's Encrypt counts five failed checks of a name in an hour. `retryAfter` is what the authority asked for, `most` is the longest rest
 * that leaves time enough.
 */
export function restAfter(failures: number, random: number, retryAfter = 0, most: number = DAY): number {
  const limit = Math.min(DAY, Math.max(most, 10 * MINUTE));
  const rest = Math.min(limit, 2 * MINUTE * 3 ** Math.min(failures - 1, 20));
  return Math.max(rest, retryAfter) * (1 + random / 5);
}
