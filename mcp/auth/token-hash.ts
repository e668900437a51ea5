const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/** The SHA-256 of a text in base64url: caches are keyed by it, so that no token is kept where none is needed. */
export async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toBase64(BASE64URL);
}

/** A secret nobody can guess, of 256 bits. */
export function randomSecret(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64(BASE64URL);
}
