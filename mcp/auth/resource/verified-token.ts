import type { JsonObject } from "#src/core/json.ts";
import { InvalidToken } from "./invalid-token.ts";

/** What a token that holds says. */
export interface VerifiedToken {
  /** The issuer and whom it speaks of: the same name from two issuers is two people. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
  readonly claims: JsonObject;
  /** Unix milliseconds; undefined when the issuer does not say. */
  readonly expiresAt: number | undefined;
}

/** Reads the claims of a token that `issuer` vouches for. Throws an {@link InvalidToken} when they name nobody. */
export function readClaims(issuer: string, claims: JsonObject, subjectClaim: string): VerifiedToken {
  // A token that is bound to a key (DPoP, mutual TLS) is worth nothing without the proof, which nobody checks here.
  if (claims["cnf"] !== undefined) throw new InvalidToken("Tokens that are bound to a key are not supported here.");
  const { exp } = claims;
  return {
    subject: `${issuer}#${nameIn(claims, subjectClaim)}`,
    scopes: scopesIn(claims),
    claims,
    expiresAt: typeof exp === "number" ? exp * 1000 : undefined,
  };
}

/** A token of a client's own (client credentials) may name the client alone. */
function nameIn(claims: JsonObject, subjectClaim: string): string {
  const subject = claims[subjectClaim];
  if (typeof subject === "string" && subject !== "") return subject;
  const client = claims["client_id"] ?? claims["azp"];
  if (typeof client === "string" && client !== "") return `client:${client}`;
  throw new InvalidToken("The token does not say whose it is.");
}

/** `scope` is OAuth's own (RFC 9068); Okta and Entra write `scp`. */
function scopesIn({ scope, scp }: JsonObject): ReadonlySet<string> {
  const found = [scope, scp].flatMap((value) => (Array.isArray(value) ? value : [value]));
  const words = found.flatMap((value) => (typeof value === "string" ? value.split(" ") : []));
  return new Set(words.filter((word) => word !== ""));
}
