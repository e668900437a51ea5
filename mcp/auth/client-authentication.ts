/** How a client shows a token endpoint who it is (RFC 6749, section 2.3; RFC 7523, section 2.2). */
import { importJWK, importPKCS8, SignJWT, type CryptoKey } from "jose";
import { isObject } from "#src/core/json.ts";
import type { Clock } from "#src/core/clock.ts";
import type { ClientSettings } from "./oauth-settings.ts";
import { randomSecret } from "./token-hash.ts";

/** Puts a client's proof into a request to `endpoint`. */
export interface ClientAuthentication {
  readonly id: string;
  apply(form: URLSearchParams, headers: Record<string, string>, endpoint: string): Promise<void> | void;
}

/** How long an assertion may be used, in seconds. */
const ASSERTION_LIFE = 60;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Throws an Error when the settings lack what their method needs. */
export function clientAuthentication(settings: ClientSettings, clock: Clock): ClientAuthentication {
  const { id, secret, privateKey } = settings;
  const method =
    settings.method ?? (privateKey !== undefined ? "privateKeyJwt" : secret !== undefined ? "basic" : "none");
  if (method === "none") return { id, apply: (form) => form.set("client_id", id) };
  if (method === "privateKeyJwt") {
    if (privateKey === undefined) throw new Error("The method privateKeyJwt needs the client's 'privateKey'.");
    return byAssertion(settings, privateKey, clock);
  }
  if (secret === undefined) throw new Error(`The method ${method} needs the client's 'secret'.`);
  return method === "basic" ? byBasic(id, secret) : byPost(id, secret);
}

function byBasic(id: string, secret: string): ClientAuthentication {
  const value = `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`;
  return { id, apply: (_form, headers) => void (headers["authorization"] = value) };
}

function byPost(id: string, secret: string): ClientAuthentication {
  return {
    id,
    apply(form) {
      form.set("client_id", id);
      form.set("client_secret", secret);
    },
  };
}

function byAssertion(settings: ClientSettings, privateKey: string, clock: Clock): ClientAuthentication {
  const { id } = settings;
  let key: Promise<SigningKey> | undefined;
  return {
    id,
    async apply(form, _headers, endpoint) {
      key ??= importKey(settings, privateKey);
      const { imported, algorithm, keyId } = await key;
      const now = Math.floor(clock.now() / 1000);
      const assertion = await new SignJWT()
        .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) })
        .setIssuer(id)
        .setSubject(id)
        .setAudience(endpoint)
        .setJti(randomSecret())
        .setIssuedAt(now)
        .setExpirationTime(now + ASSERTION_LIFE)
        .sign(imported);
      form.set("client_id", id);
      form.set("client_assertion_type", ASSERTION_TYPE);
      form.set("client_assertion", assertion);
    },
  };
}

interface SigningKey {
  readonly imported: CryptoKey | Uint8Array;
  readonly algorithm: string;
  readonly keyId: string | undefined;
}

async function importKey({ algorithm, keyId }: ClientSettings, text: string): Promise<SigningKey> {
  try {
    if (text.trimStart().startsWith("-----BEGIN")) {
      const alg = algorithm ?? "RS256";
      return { imported: await importPKCS8(text, alg), algorithm: alg, keyId };
    }
    const jwk: unknown = JSON.parse(text);
    if (!isObject(jwk)) throw new Error("not an object");
    const alg = algorithm ?? (typeof jwk["alg"] === "string" ? jwk["alg"] : "RS256");
    const kid = keyId ?? (typeof jwk["kid"] === "string" ? jwk["kid"] : undefined);
    return { imported: await importJWK(jwk, alg), algorithm: alg, keyId: kid };
  } catch {
    // What the crypto library says may hold a piece of the key.
    throw new Error("The client's 'privateKey' cannot be used: it must be PKCS #8 in PEM, or a JWK in JSON.");
  }
}

/** RFC 6749 wants both halves encoded as in forms before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
