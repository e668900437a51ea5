import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { InvalidToken } from "./invalid-token.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** What a JWT must be. */
export interface JwtRules {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  /** Milliseconds. */
  readonly clockSkew: number;
}

/** Types of tokens that are access tokens; an issuer's other JWTs (of logout, of security events, DPoP's) say what they are. */
const TYPES: ReadonlySet<string> = new Set(["jwt", "at+jwt", "application/at+jwt"]);

/** The claims of a token that holds. Rejects with an {@link InvalidToken}, or an OAuthFailure when the keys cannot be had. */
export async function checkJwt(token: string, rules: JwtRules, keys: SigningKeys, now: number): Promise<JWTPayload> {
  const options: JWTVerifyOptions = {
    issuer: rules.issuer,
    audience: [...rules.audiences],
    algorithms: [...rules.algorithms],
    clockTolerance: rules.clockSkew / 1000,
    currentDate: new Date(now),
    requiredClaims: ["exp"],
  };
  try {
    const { payload, protectedHeader } = await verified(token, options, keys);
    const type = protectedHeader.typ?.toLowerCase();
    if (type !== undefined && !TYPES.has(type)) throw new InvalidToken("This is not an access token.");
    return payload;
  } catch (thrown) {
    if (thrown instanceof errors.JOSEError) throw new InvalidToken(wordsFor(thrown), { cause: thrown });
    throw thrown;
  }
}

async function verified(token: string, options: JWTVerifyOptions, keys: SigningKeys): ReturnType<typeof jwtVerify> {
  try {
    return await jwtVerify(token, (header, input) => keys.get(header, input), options);
  } catch (thrown) {
    if (!(thrown instanceof errors.JWKSMultipleMatchingKeys)) throw thrown;
    // A token without a key id: any key of its kind may have signed it.
    for await (const key of thrown) {
      try {
        return await jwtVerify(token, key, options);
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function wordsFor(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "The token has expired.";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "aud") return "The token is for another resource.";
    if (error.claim === "nbf") return "The token is not valid yet.";
    return "A claim of the token does not hold.";
  }
  return "The token's signature does not hold.";
}
