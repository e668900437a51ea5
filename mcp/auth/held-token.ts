import type { Clock } from "#src/core/clock.ts";
import type { GrantedToken } from "./token-endpoint.ts";

/** A token is replaced this long before its end, at most, in milliseconds … */
const AHEAD = 60_000;
/** … and not used in its last moments: it has to be valid when the request arrives. */
const LAST_MOMENTS = 5000;

/** Whether a token is worth renewing: its last minute, or the last tenth of a short life, has begun. */
export function isAging({ expiresAt }: GrantedToken, grantedAt: number, clock: Clock): boolean {
  return clock.now() >= expiresAt - Math.min(AHEAD, (expiresAt - grantedAt) / 10);
}

export function isUsable({ expiresAt }: GrantedToken, clock: Clock): boolean {
  return clock.now() < expiresAt - LAST_MOMENTS;
}
