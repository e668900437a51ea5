/** A key that seals, and the name that tokens carry of it. */
export interface SealKey {
  readonly id: number;
  readonly key: CryptoKey;
}

const utf8 = new TextEncoder();
const ALGORITHM = { name: "AES-GCM", length: 256 };
const NONCE = 12;
/** Format, key id, nonce. */
const HEAD = 1 + 4 + NONCE;
const FORMAT = 1;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/**
 * Makes a key of a secret, once: sealing itself derives nothing. The secret must be random; it is not stretched, as a password would
 * have to be.
 */
export async function importSealKey(secret: string): Promise<SealKey> {
  const base = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, ["deriveKey", "deriveBits"]);
  const [key, name] = await Promise.all([
    crypto.subtle.deriveKey(hkdf("sluice sealing key"), base, ALGORITHM, false, ["encrypt", "decrypt"]),
    crypto.subtle.deriveBits(hkdf("sluice sealing key's id"), base, 32),
  ]);
  return { id: new DataView(name).getUint32(0), key };
}

function hkdf(info: string): Parameters<typeof crypto.subtle.deriveBits>[0] {
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8.encode(info) };
}

/** Encrypts a text into a token of URL-safe characters; `context` is not in it, but opens it again. */
export async function sealWith({ id, key }: SealKey, text: string, context: string): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const sealed = await crypto.subtle.encrypt(gcm(nonce, context), key, utf8.encode(text));
  const token = new Uint8Array(HEAD + sealed.byteLength);
  token[0] = FORMAT;
  new DataView(token.buffer).setUint32(1, id);
  token.set(nonce, HEAD - NONCE);
  token.set(new Uint8Array(sealed), HEAD);
  return token.toBase64(BASE64URL);
}

/** A token taken apart. */
export interface SealedToken {
  readonly keyId: number;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

/** Undefined for what is no token. */
export function parseToken(token: string): SealedToken | undefined {
  // The decoder would pass over white space.
  if (!/^[\w-]+$/.test(token)) return undefined;
  const bytes = decoded(token);
  if (bytes === undefined || bytes.length <= HEAD || bytes[0] !== FORMAT) return undefined;
  return {
    keyId: new DataView(bytes.buffer).getUint32(1),
    nonce: bytes.subarray(HEAD - NONCE, HEAD),
    sealed: bytes.subarray(HEAD),
  };
}

function decoded(token: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(token, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

/** The text of a token; undefined when it was changed, or sealed by another key or for another context. */
export async function openWith({ key }: SealKey, token: SealedToken, context: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(gcm(token.nonce, context), key, token.sealed));
  } catch {
    return undefined;
  }
}

function gcm(iv: Uint8Array<ArrayBuffer>, context: string): Parameters<typeof crypto.subtle.encrypt>[0] {
  return { name: "AES-GCM", iv, additionalData: utf8.encode(context) };
}
